"""API keys through the API: each a person's own."""

from typing import cast

from liftlock.client.connection import Connection, Document


def create(api: Connection, name: str) -> Document:
    """Create another key of the caller's own; the answer is the only place that shows it."""
    return cast("Document", api.post("/keys", {"name": name}))


def revoke(api: Connection, key: int) -> None:
    """Revoke a key of the caller's own."""
    _ = api.delete(f"/keys/{key}")


def list_keys(api: Connection) -> list[Document]:
    """Return the caller's keys, without the keys themselves."""
    return api.every("/keys")
