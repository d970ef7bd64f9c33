"""The planner's statistics of a copy, rebuilt: old ones could hold what is gone."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row

from liftlock.domain.progress import Progress, Tell
from liftlock.downalign.watching import watched

TABLES: LiteralString = """
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY 1, 2
"""
ANALYZE: LiteralString = "ANALYZE {table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    schema: str
    name: str


def rebuild(connection: Connection, tell: Tell, only: Collection[str] | None = None) -> None:
    """Analyze all tables of the connection's database, or only those named `schema.name`.

    Raises: psycopg.Error, what `tell` raises.
    """
    with connection.cursor(row_factory=class_row(_Table)) as cursor:
        tables = cursor.execute(TABLES).fetchall()
    for done, table in enumerate(tables):
        name = f"{table.schema}.{table.name}"
        if only is None or name in only:
            statement = sql.SQL(ANALYZE).format(table=sql.Identifier(table.schema, table.name))
            progress = Progress(said=f"analyzing {name}", done=done, of=len(tables), unit="tables")
            _ = watched(
                lambda statement=statement: connection.execute(statement),
                tell=tell,
                progress=lambda progress=progress: progress,
                connections=(connection,),
            )
