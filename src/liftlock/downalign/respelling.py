"""Texts of two major versions: the source's is read by the copy's server, then compared."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

import psycopg
from psycopg import Connection, sql
from psycopg.rows import scalar_row

from liftlock.downalign import pictures
from liftlock.downalign.catalogs import settled
from liftlock.downalign.expressions import canonical
from liftlock.downalign.pictures import Fact
from liftlock.environments.servers import Database

MAKE: LiteralString = "CREATE TEMPORARY VIEW liftlock_respelled AS {definition}"
READ: LiteralString = "SELECT pg_get_viewdef('pg_temp.liftlock_respelled'::regclass)"


def without_same_meaning(
    differing: Sequence[str],
    copy: Connection,
    found: Sequence[Fact],
    source: Database,
) -> tuple[str, ...]:
    """Return the differences without views whose definition differs in its spelling alone.

    Nothing is left in the copy. What Production changed since the snapshot counts as different.

    Raises: ServerUnreachable, psycopg.Error.
    """
    with settled(source) as connection, connection.transaction():
        there = pictures.facts(connection)
    theirs, ours = _views(there), _views(found)
    return tuple(
        difference for difference in differing if not _same(difference, theirs, ours, copy)
    )


def _views(facts: Sequence[Fact]) -> Mapping[str, Mapping[str, str]]:
    """Return the facts of each object that has a definition, by its name and aspect."""
    things: dict[str, dict[str, str]] = {}
    for fact in facts:
        if fact.kind == "relation":
            things.setdefault(fact.thing, {})[fact.aspect] = fact.value
    return {thing: aspects for thing, aspects in things.items() if "definition" in aspects}


def _same(
    difference: str,
    theirs: Mapping[str, Mapping[str, str]],
    ours: Mapping[str, Mapping[str, str]],
    copy: Connection,
) -> bool:
    thing = difference.removesuffix(" differs")
    if thing not in theirs or thing not in ours:
        return False
    there, here = dict(theirs[thing]), dict(ours[thing])
    definition, found = there.pop("definition"), here.pop("definition")
    return there == here and _respelled(definition, copy) == found


def _respelled(definition: str, copy: Connection) -> str | None:
    """Return how the copy's server writes a view's definition; None when it cannot read it."""
    with copy.transaction(force_rollback=True):
        try:
            with copy.transaction(), copy.cursor(row_factory=scalar_row) as cursor:
                text = sql.SQL(definition.removesuffix(";").rstrip())  # pyright: ignore[reportArgumentType]
                _ = cursor.execute(sql.SQL(MAKE).format(definition=text))
                return canonical(str(cursor.execute(READ).fetchone()))
        except psycopg.Error:
            return None
