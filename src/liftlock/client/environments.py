"""Environments through the API: set up, look, ask what is installed."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document, part


def put(
    api: Connection, organisation: str, kind: str, definition: Mapping[str, object]
) -> Document:
    """Set up an environment or change it: connections, files, runtime, data policy."""
    path = f"/organisations/{part(organisation)}/environments/{part(kind)}"
    return cast("Document", api.put(path, definition))


def list_environments(api: Connection) -> list[Document]:
    """Return the organisation's environments, without any connection."""
    return api.every("/environments")


def show(api: Connection, kind: str) -> Document:
    """Return one environment and the modules that it reports to be installed."""
    return cast("Document", api.get(f"/environments/{part(kind)}"))


def check(api: Connection, kind: str) -> list[Document]:
    """Return what `doctor` finds about one environment: rights, disk, programs."""
    return cast("list[Document]", api.get(f"/environments/{part(kind)}/check"))
