"""One table's rows: out of Production's snapshot, masked on the way out, into the copy, frozen.

Both ends speak the database's own encoding, so no byte is changed on the way, whatever it means.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import LiteralString, TypeAlias

from psycopg import Connection, Cursor, sql
from psycopg.rows import scalar_row

from liftlock.domain.progress import Progress, Tell
from liftlock.domain.schemas import Table
from liftlock.downalign.watching import watched
from liftlock.environments.servers import Database, named_errors
from liftlock.errors import Conflict

COPY_OUT: LiteralString = "COPY ({select}) TO STDOUT (FORMAT text, ENCODING {encoding})"
COPY_IN: LiteralString = (
    "COPY {table}{columns} FROM STDIN (FORMAT text, ENCODING {encoding}, FREEZE)"
)
SELECT: LiteralString = "SELECT {columns} FROM ONLY {table}"
COUNT: LiteralString = "SELECT count(*) FROM ONLY {table}"
TRUNCATE: LiteralString = "TRUNCATE ONLY {table}"
ENCODING: LiteralString = "SELECT current_setting('server_encoding')"
_BLOCK_BYTES = 256 * 1024

Block: TypeAlias = "bytes | bytearray | memoryview"


class RowsDiffer(Conflict):
    """Fewer or more rows arrived than the snapshot holds."""

    code = "table.rows_differ"
    sentence = (
        "Table {table} of {label} holds {expected} rows in the snapshot, but {found} arrived. "
        "Look for a masking rule that gives more or fewer rows than it takes."
    )


@dataclass(slots=True)
class Meter:
    """How much has gone through, for whoever watches."""

    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Both ends of a copy, with a connection each; the source's is inside the snapshot."""

    source: Database
    reader: Connection
    copy: Database
    writer: Connection
    tell: Tell
    encoding: str = field(default="UTF8")


def named(table: Table) -> sql.Identifier:
    """Return a table's name for a statement."""
    return sql.Identifier(table.schema, table.name)


def travelling(table: Table) -> Sequence[str]:
    """Return the columns whose values travel, in order: all but generated ones."""
    return [c.name for c in table.columns if not c.generated]


def plain_select(table: Table) -> sql.Composed:
    """Return the SELECT that copies a table as it is."""
    return sql.SQL(SELECT).format(columns=_names(travelling(table)), table=named(table))


def encoding_of(connection: Connection) -> str:
    """Return the encoding of the connection's database."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return str(cursor.execute(ENCODING).fetchone())


def count(connection: Connection, table: Table) -> int:
    """Return how many rows a table holds, without those of tables that inherit from it."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        found = cursor.execute(sql.SQL(COUNT).format(table=named(table))).fetchone()
    return int(found or 0)


def copy_rows(ends: Ends, table: Table, select: sql.Composed, said: str) -> int:
    """Copy a table's rows in one transaction and return how many the snapshot holds.

    Raises: RowsDiffer, ServerUnreachable, StatementRefused, what `tell` raises.
    """
    meter = Meter()
    return watched(
        lambda: _copy_and_count(ends, table, select, meter),
        tell=ends.tell,
        progress=lambda: Progress(said=said, done=meter.bytes, of=table.bytes, unit="bytes"),
        connections=(ends.reader, ends.writer),
    )


def _copy_and_count(ends: Ends, table: Table, select: sql.Composed, meter: Meter) -> int:
    with named_errors(ends.source):
        expected = count(ends.reader, table)
    with named_errors(ends.copy), ends.writer.transaction(), ends.writer.cursor() as into:
        _ = into.execute(sql.SQL(TRUNCATE).format(table=named(table)))
        _copy(ends, table, select, into, meter)
        if into.rowcount != expected:
            raise RowsDiffer(
                table=table.full_name, label=ends.copy.label, expected=expected, found=into.rowcount
            )
    return expected


def _copy(
    ends: Ends, table: Table, select: sql.Composed, into: Cursor[tuple[object, ...]], meter: Meter
) -> None:
    encoding = sql.Literal(ends.encoding)
    columns = _names(travelling(table))
    outward = sql.SQL(COPY_OUT).format(select=select, encoding=encoding)
    inward = sql.SQL(COPY_IN).format(
        table=named(table),
        columns=sql.SQL("({})").format(columns) if travelling(table) else sql.SQL(""),
        encoding=encoding,
    )
    with (
        into.copy(inward) as write,
        named_errors(ends.source),
        ends.reader.cursor() as from_,
        from_.copy(outward) as read,
    ):
        for block in _gathered(read):
            meter.bytes += len(block)
            write.write(block)


def _gathered(blocks: Iterable[Block]) -> Iterable[bytes]:
    """Yield the same bytes in larger blocks: a row at a time is slow."""
    held = bytearray()
    for block in blocks:
        held += block
        if len(held) >= _BLOCK_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
