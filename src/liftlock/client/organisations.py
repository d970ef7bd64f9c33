"""Organisations through the API, for platform operators."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document, part


def put(api: Connection, code: str, settings: Mapping[str, object]) -> Document:
    """Set up an organisation, or change its title, plan, self-service or four-eyes."""
    return cast("Document", api.put(f"/organisations/{part(code)}", settings))


def show(api: Connection, code: str) -> Document:
    """Return one organisation."""
    return cast("Document", api.get(f"/organisations/{part(code)}"))


def list_organisations(api: Connection) -> list[Document]:
    """Return all organisations, or the caller's own."""
    return api.every("/organisations")
