"""The tables of a database that hold rows, as policies and plans see them."""

from collections import defaultdict
from dataclasses import dataclass, fields

from psycopg import Connection
from psycopg.rows import class_row

from liftlock.domain.schemas import Column, Table
from liftlock.downalign.catalogs import ask


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    schema: str
    name: str
    bytes: int
    rows_estimated: int
    parent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column(Column):
    schema: str
    table_name: str

    def bare(self) -> Column:
        return Column(**{f.name: getattr(self, f.name) for f in fields(Column)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    schema: str
    table_name: str
    columns: list[str]


def read(connection: Connection) -> tuple[Table, ...]:
    """Return every ordinary table and leaf partition of the connection's database, biggest first.

    Extensions' tables are not among them.
    """
    columns: defaultdict[tuple[str, str], list[Column]] = defaultdict(list)
    for column in ask(connection, "table_columns", class_row(_Column)):
        columns[column.schema, column.table_name].append(column.bare())
    together: defaultdict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    for key in ask(connection, "unique_together", class_row(_Together)):
        together[key.schema, key.table_name].append(tuple(key.columns))
    return tuple(
        Table(
            schema=t.schema,
            name=t.name,
            columns=tuple(columns[t.schema, t.name]),
            bytes=t.bytes,
            rows_estimated=t.rows_estimated,
            parent=t.parent,
            unique_together=tuple(together[t.schema, t.name]),
        )
        for t in ask(connection, "tables", class_row(_Table))
    )
