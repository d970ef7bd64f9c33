"""A table in pieces that take less than a second each, so that the work can be stopped."""

from collections.abc import Iterator
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg.sql import Composed

from liftlock.domain.schemas import Table
from liftlock.downalign.masking.expressions import format_

MOST_PAGES = 1024
MOST_BYTES = 16 * 1024 * 1024
"""Rows may be long outside their page: where they are, on the average, a piece has fewer pages."""
_SIZE: LiteralString = """
SELECT pg_relation_size(oid) / current_setting('block_size')::int, pg_table_size(oid)
FROM pg_class WHERE oid = ({quoted})::regclass
"""
_CHUNK: LiteralString = "r.ctid >= {begin}::tid AND r.ctid < {end}::tid"


def chunks_of(connection: Connection[TupleRow], table: Table) -> Iterator[Composed]:
    """Yield conditions over `r.ctid` that together are the whole table; none for an empty one.

    Raises: psycopg.Error.
    """
    quoted = sql.Identifier(table.schema, table.name).as_string(connection)
    row = connection.execute(format_(_SIZE, quoted=quoted)).fetchone()
    pages, size_bytes = row or (0, 0)
    step = pages_at_once(pages, size_bytes)
    for begin in range(0, pages, step):
        yield format_(_CHUNK, begin=f"({begin},0)", end=f"({begin + step},0)")


def pages_at_once(pages: int, size_bytes: int) -> int:
    """Return how many pages of a table make a piece."""
    return max(1, min(MOST_PAGES, MOST_BYTES * pages // max(size_bytes, 1)))
