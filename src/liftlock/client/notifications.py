"""Notifications through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document


def list_notifications(
    api: Connection, *, before: int | None = None, limit: int | None = None
) -> list[Document]:
    """Return what the caller was told, latest first, below the number `before`."""
    return cast("list[Document]", api.get("/notifications", before=before, limit=limit))


def read(api: Connection, notification: int) -> Document:
    """Note that the caller has read it."""
    return cast("Document", api.post(f"/notifications/{notification}/read"))
