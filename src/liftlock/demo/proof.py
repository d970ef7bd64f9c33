"""What the demo proves, computed by reading the environments themselves, never Liftlock's books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from liftlock.domain.environments import Kind
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, as_keeper
from liftlock.modules import readback

_TABLES: LiteralString = """
SELECT n.nspname, c.relname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'liftlock')
 ORDER BY 1, 2
"""
_PLAINLY: LiteralString = """
SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 3; SET bytea_output = 'hex'
"""
_DIGEST: LiteralString = """
SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM {table} t
"""
_COUNT: LiteralString = "SELECT count(*) FROM {table}"

Touched = Mapping[str, frozenset[str]]
"""Database label to the names of tables that a module or a preserver touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How many rows a table has, and a digest over all of them that knows no order."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found in the environments after the whole procedure."""

    modules_equal: bool
    other_rows: tuple[str, ...]
    """Tables of Staging whose rows were not Production's after the Move to Staging."""
    other_counts: tuple[str, ...]
    """Tables of Development that have not as many rows as Production's."""
    masking_survivors: int
    downtime_ms: Mapping[Kind, int]
    """How long a client of each application was turned away, all in all."""

    @property
    def rows_equal(self) -> bool:
        """Say whether no table differs that should not."""
        return not self.other_rows and not self.other_counts

    def figures(self) -> dict[str, bool | int | dict[str, int]]:
        """Return the figures by the names that programs know them by."""
        return {
            "modules_equal": self.modules_equal,
            "rows_equal": self.rows_equal,
            "masking_survivors": self.masking_survivors,
            "downtime_ms": {kind.value: ms for kind, ms in self.downtime_ms.items()},
        }

    @property
    def holds(self) -> bool:
        """Say whether the procedure did what it promises."""
        return self.modules_equal and self.rows_equal and self.masking_survivors == 0


def modules_equal(environments: Sequence[Parts]) -> bool:
    """Say whether all environments report the same modules, by their digests, and at least one."""
    reported = {readback.installed(parts) for parts in environments}
    return len(reported) == 1 and () not in reported


def tables_with_other_rows(source: Parts, target: Parts, touched: Touched) -> list[str]:
    """Return the untouched tables with other rows in the target: `customers.public.logins`."""
    return _differing(_rows(source, touched), _rows(target, touched))


def tables_with_other_counts(source: Parts, target: Parts, touched: Touched) -> list[str]:
    """Return the untouched tables that do not have as many rows in both."""
    return _differing(_counts(source, touched), _counts(target, touched))


def _differing(there: Mapping[str, object], here: Mapping[str, object]) -> list[str]:
    return sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))


def _rows(parts: Parts, touched: Touched) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for database in parts.databases:
        with as_keeper(database) as connection:
            _ = connection.execute(_PLAINLY)
            for name, table in _tables(connection, database, touched):
                row = connection.execute(sql.SQL(_DIGEST).format(table=table)).fetchone() or (0, 0)
                found[name] = Rows(count=row[0], digest=str(row[1]))
    return found


def _counts(parts: Parts, touched: Touched) -> dict[str, int]:
    found: dict[str, int] = {}
    for database in parts.databases:
        with as_keeper(database) as connection:
            for name, table in _tables(connection, database, touched):
                row = connection.execute(sql.SQL(_COUNT).format(table=table)).fetchone() or (0,)
                found[name] = row[0]
    return found


def _tables(
    connection: psycopg.Connection, database: Database, touched: Touched
) -> list[tuple[str, sql.Identifier]]:
    skipped = touched.get(database.label, frozenset())
    rows = connection.execute(_TABLES).fetchall()
    return [
        (f"{database.label}.{schema}.{name}", sql.Identifier(schema, name))
        for schema, name in rows
        if name not in skipped
    ]
