"""Where in a copy something could have survived: cells, statistics, texts, large objects."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import LiteralString, TypeAlias

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row

from liftlock.domain.progress import Progress, Tell
from liftlock.domain.schemas import Table
from liftlock.downalign.masking.chunks import chunks_of
from liftlock.downalign.masking.expressions import format_

Value: TypeAlias = str | bytes
_REMEMBERED = 100_000
"""Values of a column that are looked at only once; when there are more, all of the rest are."""
_SHORT = 100
"""Longer values are not remembered."""

_COLUMNS: LiteralString = """
SELECT n.nspname::text AS schema, c.relname::text AS "table", a.attname::text AS name,
  CASE WHEN c.relispartition THEN rn.nspname || '.' || root.relname
    ELSE n.nspname || '.' || c.relname END AS decided_as,
  t.typcategory IN ('S', 'A', 'C', 'U') AS has_parts, a.atttypid = 'bytea'::regtype AS is_bytes
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_class root ON c.relispartition AND root.oid = pg_partition_root(c.oid)
LEFT JOIN pg_namespace rn ON rn.oid = root.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND a.atttypid <> 'boolean'::regtype
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2, a.attnum
"""
_ROWS: LiteralString = "SELECT {columns} FROM ONLY {table} AS r WHERE {chunk}"
_STATISTICS: LiteralString = """
SELECT s.schemaname || '.' || s.tablename, s.attname::text,
  coalesce(s.most_common_vals::text::text[], '{}')
    || coalesce(s.histogram_bounds::text::text[], '{}')
    || coalesce(s.most_common_elems::text::text[], '{}')
FROM pg_stats s WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'information_schema'
UNION ALL
SELECT s.schemaname || '.' || s.tablename, s.attnames[v.place]::text, array_agg(v.value)
FROM pg_stats_ext s
CROSS JOIN LATERAL (SELECT u.value,
    (u.number - 1) % array_length(s.most_common_vals, 2) + 1 AS place
  FROM unnest(s.most_common_vals) WITH ORDINALITY AS u (value, number)) AS v
WHERE v.value IS NOT NULL
GROUP BY s.schemaname, s.tablename, s.statistics_name, s.attnames, v.place
UNION ALL
SELECT s.schemaname || '.' || s.tablename, '',
  coalesce(s.most_common_vals::text::text[], '{}')
    || coalesce(s.histogram_bounds::text::text[], '{}')
FROM pg_stats_ext_exprs s
"""
_TEXTS: LiteralString = """
SELECT 'comment on ' || o.type || coalesce(' ' || o.identity, ''), d.description
FROM pg_description d
CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
WHERE o.schema IS NULL OR (o.schema !~ '^pg_' AND o.schema <> 'information_schema')
UNION ALL
SELECT 'comment on the database', shobj_description(oid, 'pg_database') FROM pg_database
WHERE datname = current_database() AND shobj_description(oid, 'pg_database') IS NOT NULL
UNION ALL
SELECT 'default of ' || n.nspname || '.' || c.relname || '.' || a.attname,
  pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class c ON c.oid = d.adrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT 'default of domain ' || n.nspname || '.' || t.typname, t.typdefault
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND t.typdefault IS NOT NULL AND n.nspname <> 'information_schema'
"""
_LARGE_OBJECTS: LiteralString = "SELECT oid::bigint FROM pg_largeobject_metadata ORDER BY oid"
_CHUNK_OF_OBJECT: LiteralString = "SELECT lo_get(%(oid)s::oid, %(offset)s, %(size)s)"
CHUNK_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedColumn:
    """A column of the copy; `decided_as` is the table whose decisions count for it."""

    schema: str
    table: str
    name: str
    decided_as: str
    has_parts: bool
    """Whether its values may be texts of several words."""
    is_bytes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Values of one column, or of its statistics, in the copy."""

    where: str
    table: str
    """The table whose decisions count."""
    column: str
    values: Collection[Value]
    parts: bool = True
    """Whether they may be texts of several words."""


def cells(
    copy: Connection[TupleRow], tell: Tell, only: Collection[str] | None = None
) -> Iterator[Values]:
    """Yield all values of every table and materialised view, most of them once a column.

    `only`: tables by `schema.name`. Raises: psycopg.Error, what `tell` raises.
    """
    tables: defaultdict[tuple[str, str], list[CopiedColumn]] = defaultdict(list)
    with copy.cursor(row_factory=class_row(CopiedColumn)) as cursor:
        for column in cursor.execute(_COLUMNS):
            tables[column.schema, column.table].append(column)
    for done, ((schema, name), columns) in enumerate(tables.items()):
        if only is None or f"{schema}.{name}" in only or columns[0].decided_as in only:
            said = f"looking for real values in {schema}.{name}"
            progress = Progress(said=said, done=done, of=len(tables), unit="tables")
            yield from _table_cells(copy, columns, tell, progress)


def _table_cells(
    copy: Connection[TupleRow], columns: list[CopiedColumn], tell: Tell, progress: Progress
) -> Iterator[Values]:
    table = Table(schema=columns[0].schema, name=columns[0].table, columns=())
    listed = sql.SQL(", ").join(_as_value(column) for column in columns)
    name = sql.Identifier(table.schema, table.name)
    seen: list[set[Value] | None] = [set() for _ in columns]
    for chunk in chunks_of(copy, table):
        tell(progress)
        statement = format_(_ROWS, columns=listed, table=name, chunk=chunk)
        rows = copy.execute(statement, binary=True).fetchall()
        for number, (column, values) in enumerate(
            zip(columns, zip(*rows, strict=True), strict=False)
        ):
            yield Values(
                where=f"{table.full_name}.{column.name}",
                table=column.decided_as,
                column=column.name,
                values=_not_seen(seen, number, values),
                parts=column.has_parts,
            )


def _as_value(column: CopiedColumn) -> sql.Composed:
    name = sql.Identifier("r", column.name)
    return format_("{name}" if column.is_bytes else "{name}::text", name=name)


def _not_seen(
    seen: list[set[Value] | None], number: int, values: Sequence[Value | None]
) -> set[Value]:
    known = seen[number]
    new = {value for value in values if value is not None}
    if known is None:
        return new
    new -= known
    known.update(value for value in new if len(value) <= _SHORT)
    if len(known) > _REMEMBERED:
        seen[number] = None
    return new


def statistics(copy: Connection[TupleRow]) -> Iterator[Values]:
    """Yield all values that the planner's statistics show.

    Raises: psycopg.Error.
    """
    for table, column, values in copy.execute(_STATISTICS):
        yield Values(where=f"pg_stats of {table}", table=table, column=column, values=values)


def texts(copy: Connection[TupleRow]) -> Iterator[tuple[str, str]]:
    """Yield every comment and every default, and where it is.

    Raises: psycopg.Error.
    """
    yield from copy.execute(_TEXTS)


def large_objects(copy: Connection[TupleRow], tell: Tell) -> Iterator[Iterator[bytes]]:
    """Yield the contents of each large object, in chunks.

    Raises: psycopg.Error, what `tell` raises.
    """
    for (oid,) in copy.execute(_LARGE_OBJECTS).fetchall():
        yield _chunks(copy, oid, tell)


def _chunks(copy: Connection[TupleRow], oid: int, tell: Tell) -> Iterator[bytes]:
    offset = 0
    while True:
        tell(Progress(said="looking for real values in large objects"))
        wanted = {"oid": oid, "offset": offset, "size": CHUNK_BYTES}
        row = copy.execute(_CHUNK_OF_OBJECT, wanted, binary=True).fetchone()
        if row is None or not row[0]:
            return
        yield bytes(row[0])
        offset += len(row[0])
