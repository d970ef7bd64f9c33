"""Whether a table was written to: a figure over where its rows are and who wrote them.

Counters of statistics miss resets and late reports; a count misses an update. This misses neither,
and reads no value.
"""

from collections.abc import Mapping
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import tuple_row

from liftlock.domain.progress import Progress, Tell
from liftlock.downalign import tables
from liftlock.downalign.watching import watched

FIGURE: LiteralString = """
SELECT count(*), coalesce(sum(hashtextextended(tableoid::text || ctid::text || xmin::text,
0)::numeric), 0) FROM {table}
"""


def figure(connection: Connection, table: sql.Composable) -> str:
    """Return the figure of a table (with `ONLY`, where that is meant), as the connection sees it.

    Raises: psycopg.Error.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        count, total = cursor.execute(sql.SQL(FIGURE).format(table=table)).fetchone() or (0, 0)
    return f"{count} {total}"


def figures(connection: Connection, tell: Tell) -> Mapping[str, str]:
    """Return the figure of each table (`schema.name`) of the connection's database.

    Raises: psycopg.Error, what `tell` raises.
    """
    found: dict[str, str] = {}
    for table in tables.read(connection):
        only = sql.SQL("ONLY ") + sql.Identifier(table.schema, table.name)
        found[table.full_name] = watched(
            lambda only=only: figure(connection, only),
            tell=tell,
            progress=lambda name=table.full_name: Progress(said=f"looking at {name}"),
            connections=(connection,),
        )
    return found


def touched(before: Mapping[str, str], after: Mapping[str, str]) -> frozenset[str]:
    """Return the tables that were written to, made or dropped between two such answers."""
    names = before.keys() | after.keys()
    return frozenset(name for name in names if before.get(name) != after.get(name))
