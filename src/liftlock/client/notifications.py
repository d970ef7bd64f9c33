"""Notifications through the API."""

from liftlock.client.connection import Connection, Document


def list_notifications(api: Connection, *, at_most: int | None = None) -> list[Document]:
    """Return what the caller was told, latest first; at most so many."""
    return api.every("/notifications", at_most=at_most)
