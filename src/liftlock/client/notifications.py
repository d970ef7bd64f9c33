"""Notifications through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document


def list_notifications(api: Connection) -> list[Document]:
    """Return what the caller was told, latest first."""
    return cast("list[Document]", api.get("/notifications"))
