"""Generated tables, and how they get into a database: by COPY."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

Cells: TypeAlias = tuple[str | int | bool | date | datetime | Decimal | None, ...]

_COPY: LiteralString = "COPY {table} ({columns}) FROM STDIN"
_SETTLE: LiteralString = """
SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), (SELECT max(id) FROM {table}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table's rows; `rows` can be taken once."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Cells]


def load(connection: psycopg.Connection, table: Table) -> int:
    """Fill a table and set its sequence behind the last row; return how many rows it got."""
    name = sql.Identifier(table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    count = 0
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL(_COPY).format(table=name, columns=columns)) as copy:
            for count, cells in enumerate(table.rows, start=1):  # noqa: B007  the last one counts
                copy.write_row(cells)
        if table.columns[0] == "id":
            _ = cursor.execute(sql.SQL(_SETTLE).format(table=name), {"table": table.name})
    return count
