"""Drops the copies of a move's attempts, known by their names *and* by their owner marks."""

from collections.abc import Collection
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import scalar_row

from liftlock.environments import trees
from liftlock.environments.entries import named_errors
from liftlock.environments.names import copy_name, parse, parse_mark, read_comment
from liftlock.environments.parts import Parts
from liftlock.environments.servers import at_maintenance, by_server

FIND: LiteralString = (
    "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, %(start)s) ORDER BY 1"
)
DROP: LiteralString = "DROP DATABASE IF EXISTS {name} WITH (FORCE)"


def drop_copies(installation: str, parts: Parts, move: int) -> int:
    """Drop every copy that attempts of this move left beside `parts`; return how many there were.

    Restore points stay, and so does a database of such a name without Liftlock's mark. May be
    called twice.

    Raises: ServerUnreachable, StatementRefused, FilesUnreachable.
    """
    dropped = 0
    for databases in by_server(parts.databases):
        with at_maintenance(databases[0]) as connection:
            for name in _databases(connection, installation, move, {d.name for d in databases}):
                _ = connection.execute(sql.SQL(DROP).format(name=sql.Identifier(name)))
                dropped += 1
    return dropped + _drop_trees(installation, parts, move)


def _databases(
    connection: Connection, installation: str, move: int, lives: Collection[str]
) -> list[str]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        found = cursor.execute(FIND, {"start": f"ll_{installation}_{move}_"}).fetchall()
    return [
        name
        for name in map(str, found)
        if _is_copy(name, installation, move, lives)
        and _is_marked(connection, name, installation, move)
    ]


def _is_copy(name: str, installation: str, move: int, lives: Collection[str]) -> bool:
    """Whether a name is the one of some attempt's copy of something live."""
    found = parse(name)
    if found is None or not found.part.isdecimal():
        return False
    return name in {copy_name(installation, move, int(found.part), live) for live in lives}


def _is_marked(connection: Connection, name: str, installation: str, move: int) -> bool:
    mark = parse_mark(read_comment(connection, name))
    return mark is not None and (mark.installation, mark.move) == (installation, move)


def _drop_trees(installation: str, parts: Parts, move: int) -> int:
    parent = parts.files.parent
    if not parent.is_dir():
        return 0
    with named_errors(parent):
        found = {path.name.removesuffix(".part") for path in parent.iterdir()}
    ours = sorted(n for n in found if _is_copy(n, installation, move, {parts.files.name}))
    for name in ours:
        trees.remove_tree(parent / name)
    return len(ours)
