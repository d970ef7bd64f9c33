"""What an alignment will do, table by table; or every reason why it will not."""

from dataclasses import dataclass

from psycopg import Connection
from psycopg.sql import Composed

from liftlock.domain.policies import Handling, TableCopy
from liftlock.domain.schemas import Table
from liftlock.downalign import inspecting, tables
from liftlock.downalign.alignments import Alignment, Pair
from liftlock.downalign.catalogs import settled
from liftlock.downalign.leaving import LeftOut, read_left_out
from liftlock.downalign.masking.compiling import select_statement
from liftlock.errors import Invalid


class CannotAlign(Invalid):
    """An alignment is refused before it begins; every reason at once."""

    code = "alignment.refused"
    sentence = "The alignment cannot begin: {reasons}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTable:
    """One table: how much of it travels, and by which SELECT."""

    table: Table
    copy: TableCopy
    select: Composed | None
    """None unless its rows travel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDatabase:
    """One database: its tables, biggest first, and what is left out of it."""

    pair: Pair
    tables: tuple[PlannedTable, ...]
    left_out: LeftOut
    large_objects: Handling

    @property
    def read(self) -> tuple[Table, ...]:
        """Return the tables whose rows travel."""
        return tuple(t.table for t in self.tables if t.copy is TableCopy.FULL)

    @property
    def size_bytes(self) -> int:
        """Return how much will travel, as the source counts it."""
        return sum(table.bytes for table in self.read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that an alignment will do."""

    databases: tuple[PlannedDatabase, ...]
    files: bool

    @property
    def size_bytes(self) -> int:
        """Return how much will travel."""
        return sum(d.size_bytes for d in self.databases)


def plan(alignment: Alignment) -> Plan:
    """Return what an alignment will do.

    Raises: CannotAlign with every reason; ServerUnreachable.
    """
    if reasons := inspecting.inspect(alignment):
        raise CannotAlign(reasons=list(reasons))
    return Plan(
        databases=tuple(plan_database(pair) for pair in alignment.pairs),
        files=alignment.copy.has_files,
    )


def plan_database(pair: Pair) -> PlannedDatabase:
    """Return what is planned for one database, whose alignment *inspect* does not refuse.

    Raises: UndecidedColumn, ServerUnreachable.
    """
    with settled(pair.source) as connection:
        return plan_on(connection, pair)


def plan_on(connection: Connection, pair: Pair) -> PlannedDatabase:
    """Return the same over a connection: inside a snapshot it is the plan of that very moment.

    Raises: UndecidedColumn.
    """
    found = tables.read(connection)
    left_out = read_left_out(connection, pair.policy)
    return PlannedDatabase(
        pair=pair,
        tables=tuple(_planned(pair, table) for table in found),
        left_out=left_out,
        large_objects=pair.policy.large_objects or Handling.KEEP,
    )


def _planned(pair: Pair, table: Table) -> PlannedTable:
    copy = pair.policy.copy_of(table)
    select = (
        select_statement(table, pair.policy, pair.data_policy) if copy is TableCopy.FULL else None
    )
    return PlannedTable(table=table, copy=copy, select=select)
