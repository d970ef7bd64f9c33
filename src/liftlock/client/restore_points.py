"""Restore points through the API."""

from liftlock.client.connection import Connection, Document


def list_restore_points(api: Connection) -> list[Document]:
    """Return the organisation's restore points that exist, by environment, latest first."""
    return api.every("/restore-points")
