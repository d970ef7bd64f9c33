"""Restore points in the books: which were taken, for which move, and when they went."""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId, Kind
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.restore_points import RestorePoint, RestorePointId
from liftlock.domain.statuses import MoveKind, State
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO restore_points (organisation_id, environment_id, move_id, bytes, taken_at)
    VALUES (%(organisation)s, %(environment)s, %(move)s, %(bytes)s, %(now)s)
    ON CONFLICT ON CONSTRAINT restore_points_move_unique
    DO UPDATE SET bytes = excluded.bytes, taken_at = excluded.taken_at, dropped_at = NULL
"""

COLUMNS: LiteralString = """
    SELECT restore_points.id, restore_points.organisation_id, restore_points.environment_id,
    environments.kind,
           restore_points.move_id, restore_points.bytes, restore_points.taken_at,
           restore_points.dropped_at
      FROM restore_points
      JOIN environments ON environments.id = restore_points.environment_id
"""

OF_ENVIRONMENT: LiteralString = (
    COLUMNS
    + """
     WHERE restore_points.organisation_id = %(organisation)s
           AND restore_points.environment_id = %(environment)s
       AND restore_points.dropped_at IS NULL
     ORDER BY restore_points.taken_at DESC
"""
)

OF_ORGANISATION: LiteralString = """
    SELECT restore_points.id, restore_points.organisation_id, restore_points.environment_id,
           moves.target_kind AS kind, restore_points.move_id, restore_points.bytes,
           restore_points.taken_at, restore_points.dropped_at, moves.kind AS before,
           moves.state
      FROM restore_points
      JOIN moves ON moves.id = restore_points.move_id
     WHERE restore_points.organisation_id = %(organisation)s
       AND restore_points.dropped_at IS NULL
     ORDER BY restore_points.taken_at DESC
"""

# While a move runs, or is errored and unresolved, nobody knows what is still needed; what an Undo
# waits for, or takes, is needed until it is over.
SETTLED: LiteralString = (
    COLUMNS
    + """
      JOIN moves ON moves.id = restore_points.move_id
     WHERE restore_points.dropped_at IS NULL AND moves.state <> 'running'
       AND NOT EXISTS (SELECT FROM moves AS other
                        WHERE other.target_id = restore_points.environment_id
                          AND (other.state = 'errored' AND other.resolved_at IS NULL
                               OR other.undoes_id = restore_points.move_id
                              AND other.state IN ('proposed', 'validated', 'running')))
     ORDER BY restore_points.environment_id, restore_points.taken_at
"""
)

OF_MOVE: LiteralString = (
    COLUMNS
    + """
     WHERE restore_points.organisation_id = %(organisation)s AND restore_points.move_id = %(move)s
       AND restore_points.dropped_at IS NULL
"""
)

DROPPED: LiteralString = """
    UPDATE restore_points
       SET dropped_at = %(now)s
     WHERE organisation_id = %(organisation)s AND move_id = %(move)s AND dropped_at IS NULL
"""


class RestorePointRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    organisation_id: int
    environment_id: int
    kind: str
    move_id: int
    bytes: int
    taken_at: datetime
    dropped_at: datetime | None


def as_restore_point(**row: Unpack[RestorePointRow]) -> RestorePoint:
    """Make a restore point of a row."""
    return RestorePoint(
        id=RestorePointId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        environment=EnvironmentId(row["environment_id"]),
        kind=Kind(row["kind"]),
        move=MoveId(row["move_id"]),
        size_bytes=row["bytes"],
        taken_at=row["taken_at"],
        dropped_at=row["dropped_at"],
    )


def add(tx: Transaction, move: Move, size_bytes: int) -> None:
    """Write that a move has a restore point of its target from now on."""
    fields = {
        "organisation": move.organisation,
        "environment": move.target,
        "move": move.id,
        "bytes": size_bytes,
        "now": tx.now,
    }
    _ = constraints.write(tx, ADD, fields)


def dropped(tx: Transaction, organisation: OrganisationId, move: MoveId) -> None:
    """Write that a move's restore point is gone: dropped, or put back."""
    tx.connection.execute(DROPPED, {"organisation": organisation, "move": move, "now": tx.now})


def of_environment(
    tx: Transaction, organisation: OrganisationId, environment: EnvironmentId
) -> list[RestorePoint]:
    """Return the restore points that an environment has, latest first."""
    fields = {"organisation": organisation, "environment": environment}
    with tx.connection.cursor(row_factory=kwargs_row(as_restore_point)) as cursor:
        return cursor.execute(OF_ENVIRONMENT, fields).fetchall()


def as_point_before(
    before: str, state: str, **row: Unpack[RestorePointRow]
) -> tuple[RestorePoint, MoveKind, State]:
    """Make a restore point of a row, with kind and state of the move before which it was taken."""
    return as_restore_point(**row), MoveKind(before), State(state)


def of_organisation(
    tx: Transaction, organisation: OrganisationId
) -> list[tuple[RestorePoint, MoveKind, State]]:
    """Return the points of an organisation, latest first, with their moves' kinds and states."""
    with tx.connection.cursor(row_factory=kwargs_row(as_point_before)) as cursor:
        return cursor.execute(OF_ORGANISATION, {"organisation": organisation}).fetchall()


def of_move(tx: Transaction, organisation: OrganisationId, move: MoveId) -> RestorePoint | None:
    """Return the restore point of a move."""
    with tx.connection.cursor(row_factory=kwargs_row(as_restore_point)) as cursor:
        return cursor.execute(OF_MOVE, {"organisation": organisation, "move": move}).fetchone()


def settled(tx: Transaction) -> list[RestorePoint]:
    """Return all restore points that neither a running move nor an errored one may still need."""
    with tx.connection.cursor(row_factory=kwargs_row(as_restore_point)) as cursor:
        return cursor.execute(SETTLED).fetchall()
