"""Setting an organisation up, rehearsed through the API."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document, part


def rehearse(api: Connection, code: str, set_up: Mapping[str, object]) -> Document:
    """Return what would change (`changes`) and all that is `refused`; nothing is written.

    Nothing of it has to be done once, so it has no key that would be kept.
    """
    return cast("Document", api.ask(f"/organisations/{part(code)}/rehearsal", set_up))
