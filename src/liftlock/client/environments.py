"""Environments through the API: set up, look, ask what is installed, preview losses."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document


def put(
    api: Connection, organisation: str, kind: str, definition: Mapping[str, object]
) -> Document:
    """Set up an environment or change it: connections, files, runtime, data policy."""
    path = f"/organisations/{organisation}/environments/{kind}"
    return cast("Document", api.put(path, definition))


def list_environments(api: Connection) -> list[Document]:
    """Return the organisation's environments, without any connection."""
    return cast("list[Document]", api.get("/environments"))


def show(api: Connection, kind: str) -> Document:
    """Return one environment and the modules that it reports to be installed."""
    return cast("Document", api.get(f"/environments/{kind}"))


def check(api: Connection, kind: str) -> list[Document]:
    """Return what `doctor` finds about one environment: rights, disk, programs."""
    return cast("list[Document]", api.get(f"/environments/{kind}/check"))


def losses(api: Connection, kind: str, *, systemdb_and_files: bool, data: bool) -> Document:
    """Return what an alignment of this scope would take from an environment."""
    scope = {"systemdb_and_files": int(systemdb_and_files), "data": int(data)}
    return cast("Document", api.get(f"/environments/{kind}/losses", **scope))
