"""Loss previews through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document, part


def preview(api: Connection, kind: str, *, systemdb_and_files: bool, data: bool) -> Document:
    """Return what an alignment of this scope would take from an environment."""
    scope = {"systemdb_and_files": int(systemdb_and_files), "data": int(data)}
    return cast("Document", api.get(f"/environments/{part(kind)}/losses", **scope))
