"""Drops the copies of a move's attempts, known by their names *and* by their owner marks."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row

from liftlock.environments import trees
from liftlock.environments.entries import named_errors
from liftlock.environments.names import copy_name, parse, parse_mark
from liftlock.environments.parts import Parts
from liftlock.environments.servers import at_maintenance, by_server

FIND: LiteralString = """
SELECT d.datname::text AS name, shobj_description(d.oid, 'pg_database') AS comment,
       d.datdba IN (SELECT l.datdba FROM pg_database l
                    WHERE l.datname = ANY(%(lives)s)) AS same_owner
FROM pg_database d WHERE starts_with(d.datname::text, %(start)s) ORDER BY 1
"""
DROP: LiteralString = "DROP DATABASE IF EXISTS {name} WITH (FORCE)"


def drop_copies(installation: str, parts: Parts, move: int, *, before: int | None = None) -> int:
    """Drop every copy that attempts of this move left beside `parts`; return how many there were.

    With `before`, only those of earlier attempts: one that was given up must not take away the copy
    of the one that followed. Restore points stay, and so does a database of such a name that says
    something else than Liftlock's mark. One that says nothing and belongs to the target's owner is
    ours: its worker died between creating and marking it. May be called twice.

    Raises: ServerUnreachable, StatementRefused, FilesUnreachable.
    """
    dropped, ours = 0, _Copies(installation, move, before)
    for databases in by_server(parts.databases):
        with at_maintenance(databases[0]) as connection:
            for name in _databases(connection, ours, {d.name for d in databases}):
                _ = connection.execute(sql.SQL(DROP).format(name=sql.Identifier(name)))
                dropped += 1
    return dropped + _drop_trees(ours, parts)


@dataclass(frozen=True, slots=True)
class _Copies:
    """The copies of one move's attempts."""

    installation: str
    move: int
    before: int | None

    def named(self, name: str, lives: Collection[str]) -> bool:
        """Whether a name is the one of some attempt's copy of something live."""
        found = parse(name)
        if found is None or not found.part.isdecimal():
            return False
        attempt = int(found.part)
        if self.before is not None and attempt >= self.before:
            return False
        return name in {copy_name(self.installation, self.move, attempt, live) for live in lives}

    def made(self, found: "_Found") -> bool:
        """Whether this move made a database, by its mark or for want of any."""
        mark = parse_mark(found.comment)
        if mark is None:
            return found.comment is None and found.same_owner
        return (mark.installation, mark.move) == (self.installation, self.move)


@dataclass(frozen=True, slots=True)
class _Found:
    """A database by its name, what it says of itself, and whether its owner is the target's."""

    name: str
    comment: str | None
    same_owner: bool


def _databases(connection: Connection, ours: _Copies, lives: Collection[str]) -> list[str]:
    given = {"start": f"ll_{ours.installation}_{ours.move}_", "lives": list(lives)}
    with connection.cursor(row_factory=class_row(_Found)) as cursor:
        found = cursor.execute(FIND, given).fetchall()
    return [each.name for each in found if ours.named(each.name, lives) and ours.made(each)]


def _drop_trees(ours: _Copies, parts: Parts) -> int:
    parent = parts.files.parent
    if not parent.is_dir():
        return 0
    with named_errors(parent):
        found = {path.name.removesuffix(".part") for path in parent.iterdir()}
    copies = sorted(name for name in found if ours.named(name, {parts.files.name}))
    for name in copies:
        trees.remove_tree(parent / name)
    return len(copies)
