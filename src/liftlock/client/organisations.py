"""Organisations through the API, for platform operators."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document


def put(api: Connection, code: str, settings: Mapping[str, object]) -> Document:
    """Set up an organisation, or change its title, plan, self-service or four-eyes."""
    return cast("Document", api.put(f"/organisations/{code}", settings))


def list_organisations(api: Connection) -> list[Document]:
    """Return all organisations, or the caller's own."""
    return cast("list[Document]", api.get("/organisations"))
