"""Whether what a move makes beside a target fits on the disks: 1.2 times the size must be free.

A plain role cannot ask a server how much room it has. So the operator names a folder on that disk
which this machine sees; where none is named or seen, the server itself refuses when it is full, and
the target is put back.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import LiteralString, cast

from liftlock.environments import entries, trees
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, at_maintenance, by_server

ROOM = 1.2
"""How much must be free, as a multiple of the size of what is copied."""
_MIB = 1024 * 1024

SIZE: LiteralString = """
SELECT coalesce(sum(pg_database_size(oid)), 0)::bigint
FROM pg_database WHERE datname = ANY(%(names)s)
"""


def size_bytes(parts: Parts) -> int:
    """Return how many bytes databases and files of these parts hold; 0 for what is not there.

    Raises: ServerUnreachable, FilesUnreachable.
    """
    databases = sum(_size_on_server(group) for group in by_server(parts.databases))
    return databases + _files_size(parts)


def no_room(source: Parts, beside: Parts) -> list[str]:
    """Return every reason why a copy of `source` would not fit beside `beside`.

    With `source` and `beside` alike it is about a restore point by template. Disks that cannot be
    seen give no reason.

    Raises: ServerUnreachable, FilesUnreachable.
    """
    needed: dict[int, int] = {}
    folders: dict[int, Path] = {}
    for folder, size in _needs(source, beside):
        device = folder.stat().st_dev
        folders[device] = folder
        needed[device] = needed.get(device, 0) + round(size * ROOM)
    return [
        f"The disk of {folders[device]} has {_mib(free)} MiB free, and {_mib(size)} MiB are "
        "needed. Make room there."
        for device, size in needed.items()
        if (free := shutil.disk_usage(folders[device]).free) < size
    ]


def _needs(source: Parts, beside: Parts) -> Iterator[tuple[Path, int]]:
    """Yield folders on the disks concerned, and the bytes of what would be copied there."""
    for database in beside.databases:
        seen = database.disk
        if seen is not None and seen.is_dir():
            yield seen, _size_on_server([source.database(database.label)])
    if beside.has_files and source.has_files:
        yield beside.files.parent, _files_size(source)


def _size_on_server(databases: Sequence[Database]) -> int:
    with at_maintenance(databases[0]) as connection:
        row = connection.execute(SIZE, {"names": [d.name for d in databases]}).fetchone()
        return 0 if row is None else cast("int", row[0])


def _files_size(parts: Parts) -> int:
    if not parts.has_files:
        return 0
    with entries.named_errors(parts.files):
        return trees.size_bytes(parts.files)


def _mib(size: int) -> int:
    return size // _MIB
