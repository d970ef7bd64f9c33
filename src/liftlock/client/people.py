"""People through the API: set up with their roles; each gets a first key."""

from collections.abc import Mapping, Sequence
from typing import cast

from liftlock.client.connection import Connection, Document


def put(api: Connection, login: str, *, name: str, grants: Sequence[Mapping[str, str]]) -> Document:
    """Set up a person with these roles; a new person's first key is in the answer."""
    return cast("Document", api.put(f"/people/{login}", {"name": name, "grants": list(grants)}))


def list_people(api: Connection) -> list[Document]:
    """Return the organisation's people and their roles."""
    return cast("list[Document]", api.get("/people"))


def me(api: Connection) -> Document:
    """Return who the caller is."""
    return cast("Document", api.get("/people/me"))
