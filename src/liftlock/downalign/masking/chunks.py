"""A table in pieces that take less than a second each, so that the work can be stopped."""

from collections.abc import Iterator
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg.sql import Composed

from liftlock.domain.schemas import Table
from liftlock.downalign.masking.expressions import format_

PAGES = 1024
_SIZE: LiteralString = """
SELECT pg_relation_size(({quoted})::regclass) / current_setting('block_size')::int
"""
_CHUNK: LiteralString = "r.ctid >= {begin}::tid AND r.ctid < {end}::tid"


def chunks_of(connection: Connection[TupleRow], table: Table) -> Iterator[Composed]:
    """Yield conditions over `r.ctid` that together are the whole table; none for an empty one.

    Raises: psycopg.Error.
    """
    quoted = sql.Identifier(table.schema, table.name).as_string(connection)
    row = connection.execute(format_(_SIZE, quoted=quoted)).fetchone()
    pages = int(row[0]) if row else 0
    for begin in range(0, pages, PAGES):
        yield format_(_CHUNK, begin=f"({begin},0)", end=f"({begin + PAGES},0)")
