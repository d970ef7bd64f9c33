"""How many different values masked columns have: figures of the masking report, never a value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import scalar_row

from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import ColumnDecision, Handling
from liftlock.domain.progress import Progress, Tell
from liftlock.domain.schemas import Column
from liftlock.downalign.planning import PlannedDatabase
from liftlock.downalign.watching import watched

COUNT: LiteralString = "SELECT count(DISTINCT {column}::text) FROM {table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A masked column; of a partitioned table it is its root's."""

    schema: str
    table: str
    column: Column
    decision: ColumnDecision

    @property
    def name(self) -> str:
        """Return `schema.table.column`."""
        return f"{self.schema}.{self.table}.{self.column.name}"


def masked_columns(planned: PlannedDatabase) -> list[Masked]:
    """Return every column of a database that is masked, each once."""
    return list({m.name: m for m in _masked(planned)}.values())


def in_snapshot(connection: Connection, planned: PlannedDatabase, tell: Tell) -> Mapping[str, int]:
    """Return the number of different values of each masked column, as the connection sees them.

    Raises: psycopg.Error, what `tell` raises.
    """
    return {m.name: _count(connection, m, tell) for m in masked_columns(planned)}


def _masked(planned: PlannedDatabase) -> Iterator[Masked]:
    if planned.pair.data_policy is not DataPolicy.ANONYMIZED:
        return
    for table in (t.table for t in planned.tables if t.select is not None):
        schema, _, name = (table.parent or table.full_name).partition(".")
        for column in table.columns:
            decision = planned.pair.policy.decision(table, column)
            if decision is not None and decision.handling is not Handling.KEEP:
                yield Masked(schema=schema, table=name, column=column, decision=decision)


def _count(connection: Connection, masked: Masked, tell: Tell) -> int:
    statement = sql.SQL(COUNT).format(
        column=sql.Identifier(masked.column.name),
        table=sql.Identifier(masked.schema, masked.table),
    )
    return watched(
        lambda: _one(connection, statement),
        tell=tell,
        progress=lambda: Progress(said=f"counting values of {masked.name}"),
        connections=(connection,),
    )


def _one(connection: Connection, statement: sql.Composed) -> int:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return int(cursor.execute(statement).fetchone() or 0)
