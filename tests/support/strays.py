"""What should not be there after moves have ended, counted by looking at servers, disk, processes.

It trusts no book of ours but one: which restore points are kept.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from liftlock.environments.names import parse
from liftlock.environments.parts import Parts
from postgres import Server

DATABASES = "SELECT datname, datallowconn FROM pg_database WHERE NOT datistemplate"
LOCKS = """
SELECT 'advisory lock of ' || pid FROM pg_locks WHERE locktype = 'advisory'
UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts
"""
SESSIONS = """
SELECT application_name || ' of ' || pid FROM pg_stat_activity
WHERE application_name LIKE 'liftlock:%' OR application_name LIKE 'dbos%'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strays:
    """Everything that nobody will ever need again."""

    databases: tuple[str, ...]
    directories: tuple[str, ...]
    locks: tuple[str, ...]
    connections: tuple[str, ...]
    processes: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        return [stray for kind in astuple(self) for stray in kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An environment, its server, and the moves whose restore points are kept there."""

    parts: Parts
    server: Server
    kept: frozenset[int]


def strays(places: Sequence[Place], books: Server | None, folder: Path) -> Strays:
    """Look everywhere. Call it when every worker has ended.

    `folder`: what the environments' applications are called with, to know their processes by.
    """
    servers = list({id(p.server): p.server for p in places}.values())
    every = [*servers, *([books] if books else [])]
    return Strays(
        databases=tuple(name for place in places for name in _databases(place)),
        directories=tuple(name for place in places for name in _directories(place)),
        locks=tuple(said for server in every for said in _told(server, LOCKS)),
        connections=tuple(said for server in every for said in _told(server, SESSIONS)),
        processes=tuple(_processes(folder, servers)),
    )


def _databases(place: Place) -> Iterator[str]:
    live = {database.name for database in place.parts.databases}
    with place.server.superuser() as connection:
        for name, is_open in connection.execute(DATABASES).fetchall():
            if str(name) in live and not is_open:
                yield f"{name}, closed"
            if str(name).startswith("ll_") and not _is_kept(str(name), place):
                yield str(name)


def _directories(place: Place) -> Iterator[str]:
    for path in place.parts.files.parent.iterdir():
        if path != place.parts.files and not _is_kept(path.name, place):
            yield str(path)
    for path in place.parts.files.rglob(".*.new"):
        yield str(path)


def _is_kept(name: str, place: Place) -> bool:
    found = parse(name)
    return found is not None and found.part == "before" and found.move in place.kept


def _told(server: Server, question: str) -> list[str]:
    with server.superuser() as connection:
        return [str(row[0]) for row in connection.execute(question.encode()).fetchall()]


def _processes(folder: Path, servers: Sequence[Server]) -> Iterator[str]:
    """Yield commands of applications and PostgreSQL's client programs that still run."""
    reached = [f"host={server.embedded.socket_folder}" for server in servers]
    for path in Path("/proc").iterdir():
        if path.name.isdecimal() and int(path.name) != os.getpid():
            said = _command(path)
            if str(folder) in said and "application" in said:
                yield said
            if ("pg_dump" in said or "pg_restore" in said) and any(r in said for r in reached):
                yield said


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
