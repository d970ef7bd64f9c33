"""Freezes in the books: times at which nothing moves, and the overrides of single moves."""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row
from psycopg.types.range import TimestamptzRange

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.freezes import Freeze, FreezeId, Override
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.slots import Interval
from liftlock.store import constraints
from liftlock.store.moves import COLUMNS as MOVE_COLUMNS
from liftlock.store.moves import many

COLUMNS: LiteralString = """
    SELECT id, organisation_id, environment_id, lower(during) AS begins, upper(during) AS ends,
           weekly, reason, entered_by, entered_at, canceled_at,
           (SELECT zone FROM installations) AS zone
      FROM freezes
"""

AHEAD: LiteralString = (
    COLUMNS
    + """
     WHERE organisation_id = %(organisation)s AND canceled_at IS NULL
       AND (weekly OR upper(during) > %(now)s)
     ORDER BY during, id
"""
)

LOAD: LiteralString = (
    COLUMNS
    + """
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND canceled_at IS NULL
       FOR UPDATE
"""
)

ADD: LiteralString = """
    INSERT INTO freezes (organisation_id, environment_id, during, weekly, reason, entered_by,
                         entered_at)
    VALUES (%(organisation)s, %(environment)s, %(during)s, %(weekly)s, %(reason)s, %(by)s,
            %(now)s)
 RETURNING id
"""

END: LiteralString = """
    UPDATE freezes
       SET canceled_at = %(now)s
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND canceled_at IS NULL
"""

OVERRIDE_COLUMNS: LiteralString = """
    SELECT freeze_overrides.freeze_id, freeze_overrides.move_id, freeze_overrides.slot_begins,
           freeze_overrides.reason, freeze_overrides.entered_by, freeze_overrides.entered_at
      FROM freeze_overrides
"""

# Of moves that are waiting: of all others the overrides are history.
OVERRIDES: LiteralString = (
    OVERRIDE_COLUMNS
    + """
      JOIN moves ON moves.id = freeze_overrides.move_id
     WHERE freeze_overrides.organisation_id = %(organisation)s
       AND moves.state IN ('proposed', 'validated')
     ORDER BY freeze_overrides.entered_at, freeze_overrides.freeze_id
"""
)

OVERRIDES_OF_MOVE: LiteralString = (
    OVERRIDE_COLUMNS
    + """
     WHERE freeze_overrides.organisation_id = %(organisation)s
       AND freeze_overrides.move_id = %(move)s
     ORDER BY freeze_overrides.entered_at, freeze_overrides.freeze_id
"""
)

ADD_OVERRIDE: LiteralString = """
    INSERT INTO freeze_overrides (organisation_id, freeze_id, move_id, slot_begins, reason,
                                  entered_by, entered_at)
    VALUES (%(organisation)s, %(freeze)s, %(move)s, %(begins)s, %(reason)s, %(by)s, %(now)s)
"""

WAITING: LiteralString = (
    MOVE_COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s AND moves.state IN ('proposed', 'validated')
     ORDER BY slots.slot
"""
)


class FreezeRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    organisation_id: int
    environment_id: int | None
    begins: datetime
    ends: datetime
    weekly: bool
    reason: str
    entered_by: int
    entered_at: datetime
    canceled_at: datetime | None
    zone: str


def as_freeze(**row: Unpack[FreezeRow]) -> Freeze:
    """Make a freeze of a row."""
    environment = row["environment_id"]
    return Freeze(
        id=FreezeId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        environment=None if environment is None else EnvironmentId(environment),
        interval=Interval(begin=row["begins"], end=row["ends"]),
        zone=row["zone"],
        weekly=row["weekly"],
        reason=row["reason"],
        entered=Signature(by=PersonId(row["entered_by"]), at=row["entered_at"]),
        canceled_at=row["canceled_at"],
    )


def as_override(
    *,
    freeze_id: int,
    move_id: int,
    slot_begins: datetime,
    reason: str,
    entered_by: int,
    entered_at: datetime,
) -> Override:
    """Make an override of a row."""
    return Override(
        freeze=FreezeId(freeze_id),
        move=MoveId(move_id),
        slot_begins=slot_begins,
        reason=reason,
        entered=Signature(by=PersonId(entered_by), at=entered_at),
    )


def ahead(tx: Transaction, organisation: OrganisationId) -> list[Freeze]:
    """Return the organisation's freezes that are not over, the first to begin first."""
    with tx.connection.cursor(row_factory=kwargs_row(as_freeze)) as cursor:
        return cursor.execute(AHEAD, {"organisation": organisation, "now": tx.now}).fetchall()


def load_for_update(tx: Transaction, organisation: OrganisationId, id_: FreezeId) -> Freeze | None:
    """Lock and return a freeze of this organisation that was not ended; another's is None."""
    with tx.connection.cursor(row_factory=kwargs_row(as_freeze)) as cursor:
        return cursor.execute(LOAD, {"organisation": organisation, "id": id_}).fetchone()


def add(
    tx: Transaction,
    organisation: OrganisationId,
    *,
    environment: EnvironmentId | None,
    interval: Interval,
    weekly: bool,
    reason: str,
    by: PersonId,
) -> FreezeId:
    """Write a new freeze."""
    fields = {
        "organisation": organisation,
        "environment": environment,
        "during": TimestamptzRange(interval.begin, interval.end, "[)"),
        "weekly": weekly,
        "reason": reason,
        "by": by,
        "now": tx.now,
    }
    rows: list[tuple[int]] = constraints.write(tx, ADD, fields).fetchall()
    return FreezeId(rows[0][0])


def end(tx: Transaction, organisation: OrganisationId, id_: FreezeId) -> None:
    """End a freeze: it stops nothing any more."""
    tx.connection.execute(END, {"organisation": organisation, "id": id_, "now": tx.now})


def overrides(tx: Transaction, organisation: OrganisationId) -> tuple[Override, ...]:
    """Return the overrides of the organisation's waiting moves, for whatever time they were."""
    with tx.connection.cursor(row_factory=kwargs_row(as_override)) as cursor:
        return tuple(cursor.execute(OVERRIDES, {"organisation": organisation}).fetchall())


def overrides_of(tx: Transaction, move: Move) -> tuple[Override, ...]:
    """Return all overrides that a move was ever given, earliest first."""
    fields = {"organisation": move.organisation, "move": move.id}
    with tx.connection.cursor(row_factory=kwargs_row(as_override)) as cursor:
        return tuple(cursor.execute(OVERRIDES_OF_MOVE, fields).fetchall())


def override(tx: Transaction, move: Move, freeze: Freeze, *, by: PersonId, reason: str) -> None:
    """Write that a move may run in a freeze at the time that it is booked for."""
    fields = {
        "organisation": move.organisation,
        "freeze": freeze.id,
        "move": move.id,
        "begins": move.slot.interval.begin,
        "reason": reason,
        "by": by,
        "now": tx.now,
    }
    _ = constraints.write(tx, ADD_OVERRIDE, fields)


def waiting_moves(tx: Transaction, organisation: OrganisationId) -> list[Move]:
    """Return the organisation's moves that are booked and have not begun, earliest first."""
    return many(tx, WAITING, {"organisation": organisation})
