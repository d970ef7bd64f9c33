"""How often rows were written since a moment, by the servers' own statistics: nothing is scanned.

At that moment the counters are noted, small and plain; later they are compared. A database keeps
its counters through every rename and every clean restart. Where a server began them anew since, or
was restarted, what is counted is the least that it can be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import LiteralString, TypeAlias, cast

from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, as_keeper

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Note: TypeAlias = Mapping[str, Json]
"""Database label to its identity, the age of its counters, and the counters of its tables."""

READ_AGE: LiteralString = """
SELECT oid::bigint,
       concat_ws(' ', extract(epoch FROM pg_postmaster_start_time())::text,
                 extract(epoch FROM pg_stat_get_db_stat_reset_time(oid))::text)
FROM pg_database WHERE datname = current_database()
"""
READ_TABLES: LiteralString = """
SELECT schemaname || '.' || relname, n_tup_ins + n_tup_upd + n_tup_del
FROM pg_stat_user_tables
WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> 'liftlock'
ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How often rows of one table were written: inserted, changed or deleted."""

    database: str
    table: str
    writes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """What was written since a note was taken."""

    tables: tuple[Written, ...]
    at_least: bool
    """Whether a server began to count anew since, so that it may have been more."""
    unknown: tuple[str, ...]
    """Labels of databases that are not the ones that were noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    oid: int
    age: str
    tables: Mapping[str, int]


def note(parts: Parts) -> dict[str, Json]:
    """Return what the counters are now, to be kept. Raises: ServerUnreachable."""
    counted = {database.label: _count(database) for database in parts.databases}
    return {
        label: {"oid": each.oid, "age": each.age, "tables": dict(each.tables)}
        for label, each in counted.items()
    }


def since(parts: Parts, notes: Iterable[Note]) -> Writes:
    """Return what was written since the first note of these very databases.

    `notes` are in the order in which they were taken: a later one counts where an earlier one is of
    a database that was replaced since.

    Raises: ServerUnreachable.
    """
    earlier = [_read(each) for each in notes]
    tables: list[Written] = []
    unknown: list[str] = []
    at_least = False
    for database in parts.databases:
        now = _count(database)
        known = (each[database.label] for each in earlier if database.label in each)
        then = next((each for each in known if each.oid == now.oid), None)
        if then is None:
            unknown.append(database.label)
            continue
        at_least = at_least or then.age != now.age
        tables += _written(database.label, then, now)
    return Writes(tables=tuple(tables), at_least=at_least, unknown=tuple(unknown))


def _written(label: str, then: _Counted, now: _Counted) -> Iterable[Written]:
    for table, counter in now.tables.items():
        before = then.tables.get(table, 0)
        writes = counter - before if counter >= before else counter
        if writes:
            yield Written(database=label, table=table, writes=writes)


def _count(database: Database) -> _Counted:
    with as_keeper(database) as connection:
        row = connection.execute(READ_AGE).fetchone()
        oid, age = cast("tuple[int, str]", row)
        tables = cast("list[tuple[str, int]]", connection.execute(READ_TABLES).fetchall())
    return _Counted(oid=oid, age=age, tables=dict(tables))


def _read(kept: Note) -> dict[str, _Counted]:
    return {label: _as_counted(each) for label, each in kept.items() if isinstance(each, dict)}


def _as_counted(kept: Mapping[str, Json]) -> _Counted:
    tables = kept.get("tables")
    counters = tables if isinstance(tables, dict) else {}
    oid = kept.get("oid")
    return _Counted(
        oid=oid if isinstance(oid, int) else 0,
        age=str(kept.get("age")),
        tables={table: n for table, n in counters.items() if isinstance(n, int)},
    )
