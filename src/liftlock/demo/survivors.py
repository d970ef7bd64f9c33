"""Counts real values that survived in an environment that should only have masks.

Independent of policies and of Liftlock's own leak scan: what is personal is what the data's author
says. A survivor is a cell that still has its own original, or a distinctive original anywhere: in a
column, a large object, statistics, a comment, a default, a file's name or content.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import LiteralString

import psycopg
from psycopg import sql

from liftlock.demo.data.personal import Personal
from liftlock.environments.parts import Parts
from liftlock.environments.servers import as_keeper

DISTINCTIVE = 6
"""A shorter value may be anybody's."""

_VALUES: LiteralString = "SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL"
_BY_KEY: LiteralString = "SELECT {key}, {column}::text FROM {table} WHERE {column} IS NOT NULL"
_CELLS: LiteralString = """
SELECT {column}::text, count(*) FROM {table} WHERE length({column}::text) >= 6 GROUP BY 1
"""
_COLUMNS: LiteralString = """
SELECT n.nspname, c.relname, a.attname
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relkind IN ('r', 'm') AND a.attnum > 0 AND NOT a.attisdropped
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND t.typcategory NOT IN ('B', 'D', 'N', 'T')
"""
_CATALOG_TEXTS: LiteralString = """
SELECT most_common_vals::text FROM pg_stats WHERE schemaname <> 'pg_catalog'
UNION ALL SELECT histogram_bounds::text FROM pg_stats WHERE schemaname <> 'pg_catalog'
UNION ALL SELECT description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
           WHERE c.oid >= 16384
UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
UNION ALL SELECT prosrc FROM pg_proc WHERE oid >= 16384
UNION ALL SELECT definition FROM pg_views
           WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_LARGE_OBJECTS: LiteralString = "SELECT oid FROM pg_largeobject_metadata"
_LARGE_OBJECT: LiteralString = "SELECT lo_get(%(number)s)"


class Originals:
    """Distinctive original values, to be found inside other texts."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = frozenset(value for value in values if len(value) >= DISTINCTIVE)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for value in self._values:
            lengths[value[:DISTINCTIVE]].add(len(value))
        self._lengths: Mapping[str, set[int]] = dict(lengths)

    def __len__(self) -> int:
        return len(self._values)

    def in_text(self, text: str) -> bool:
        """Say whether an original occurs anywhere in a text."""
        lengths, values = self._lengths, self._values
        for begin in range(len(text) - DISTINCTIVE + 1):
            known = lengths.get(text[begin : begin + DISTINCTIVE])
            if known and any(text[begin : begin + length] in values for length in known):
                return True
        return False


def count(source: Parts, target: Parts, personal: Iterable[Personal]) -> int:
    """Return how many real values of `source` are in `target`."""
    tables = tuple(personal)
    values = {value for table in tables for value in _values(source, table)}
    originals = Originals(values)
    unmasked = sum(_own_originals(source, target, table, originals) for table in tables)
    elsewhere = sum(times for text, times in _texts(target) if originals.in_text(text))
    return unmasked + elsewhere


def _values(source: Parts, table: Personal) -> Iterator[str]:
    with as_keeper(source.database(table.label)) as connection:
        for column in table.columns:
            statement = _form(_VALUES, column=column, table=table.table)
            yield from (value for (value,) in connection.execute(statement))


def _own_originals(source: Parts, target: Parts, table: Personal, originals: Originals) -> int:
    """Count the cells that still say what they say in `source`, the distinctive ones aside."""
    if table.key is None:
        return 0
    found = 0
    for column in (*table.columns, *table.anybodys):
        statement = _form(_BY_KEY, key=table.key, column=column, table=table.table)
        with (
            as_keeper(source.database(table.label)) as there,
            as_keeper(target.database(table.label)) as here,
        ):
            real = dict(there.execute(statement).fetchall())
            found += sum(
                value == real.get(key) and not originals.in_text(value)
                for key, value in here.execute(statement)
            )
    return found


def _texts(target: Parts) -> Iterator[tuple[str, int]]:
    """Yield every text of an environment, and in how many cells it stands."""
    for database in target.databases:
        with as_keeper(database) as connection:
            yield from _database_texts(connection)
    for path in sorted(target.files.rglob("*")):
        yield path.name, 1
        if path.is_file():
            yield path.read_bytes().decode(errors="replace"), 1


def _database_texts(connection: psycopg.Connection) -> Iterator[tuple[str, int]]:
    for schema, table, column in connection.execute(_COLUMNS).fetchall():
        place = sql.Identifier(schema, table)
        yield from connection.execute(
            sql.SQL(_CELLS).format(column=sql.Identifier(column), table=place)
        )
    yield from ((text, 1) for (text,) in connection.execute(_CATALOG_TEXTS) if text)
    for (number,) in connection.execute(_LARGE_OBJECTS).fetchall():
        row = connection.execute(_LARGE_OBJECT, {"number": number}).fetchone()
        yield bytes(row[0] if row else b"").decode(errors="replace"), 1


def _form(statement: LiteralString, **names: str) -> sql.Composed:
    return sql.SQL(statement).format(**{n: sql.Identifier(name) for n, name in names.items()})
