"""Restore points through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document


def list_restore_points(api: Connection) -> list[Document]:
    """Return the organisation's restore points that exist, by environment, latest first."""
    return cast("list[Document]", api.get("/restore-points"))
