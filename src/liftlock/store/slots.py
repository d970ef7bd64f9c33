"""Bookings in the books: one row each (move, hold, maintenance); no two live ones overlap."""

from collections.abc import Callable
from datetime import datetime
from typing import LiteralString

from psycopg import Cursor
from psycopg.rows import kwargs_row
from psycopg.types.range import TimestamptzRange

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.maintenance import Maintenance
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId
from liftlock.domain.slots import (
    Busy,
    Hold,
    Interval,
    Purpose,
    Slot,
    SlotId,
    SlotTaken,
    in_the_way,
    predicted_end,
    taken,
)
from liftlock.domain.statuses import MoveKind
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO slots (organisation_id, purpose, person_id, environment_id, slot, zone, wall,
                       soon, live,
                       expires_at, said, booked_at)
    VALUES (%(organisation)s, %(purpose)s, %(by)s, %(environment)s, %(slot)s, %(zone)s, %(wall)s,
            %(soon)s, true,
            %(expires_at)s, %(said)s, %(now)s)
 RETURNING id
"""

REBOOK: LiteralString = """
    UPDATE slots
       SET purpose = %(purpose)s, slot = %(slot)s, zone = %(zone)s, wall = %(wall)s,
           soon = %(soon)s,
           expires_at = %(expires_at)s
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND live
 RETURNING id
"""

FREE: LiteralString = """
    UPDATE slots
       SET live = false
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND live
"""

END_EXPIRED_HOLDS: LiteralString = """
    UPDATE slots
       SET live = false
     WHERE organisation_id = %(organisation)s AND live AND purpose = 'hold'
           AND expires_at <= %(now)s
"""

# A hold of an earlier build says no kind: its time is let go or chosen again, whatever it was for.
HOLD_OF: LiteralString = """
    SELECT id, organisation_id, environment_id, person_id, lower(slot) AS begins,
           upper(slot) AS ends,
           zone, wall, soon, expires_at, coalesce(nullif(said, ''), 'down_align') AS said
      FROM slots
     WHERE organisation_id = %(organisation)s AND person_id = %(person)s AND live
           AND purpose = 'hold'
       FOR UPDATE
"""

MAINTENANCE: LiteralString = """
    SELECT id, environment_id
      FROM slots
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND live AND purpose = 'maintenance'
       FOR UPDATE
"""

MAINTENANCE_AHEAD: LiteralString = """
    SELECT id, organisation_id, environment_id, person_id, lower(slot) AS begins,
           upper(slot) AS ends, zone, wall, said
      FROM slots
     WHERE organisation_id = %(organisation)s AND live AND purpose = 'maintenance'
           AND upper(slot) > %(now)s
     ORDER BY slot
"""

# A hold that is over counts no more, ended or not; a running move counts for as long as it runs.
BOOKED: LiteralString = """
    SELECT lower(slots.slot) AS begins, upper(slots.slot) AS ends, slots.soon, slots.purpose,
           slots.said,
           people.name, moves.kind,
           CASE WHEN moves.state = 'running' THEN moves.begun_at END AS running_since
      FROM slots
      JOIN people ON people.id = slots.person_id
      LEFT JOIN moves ON moves.slot_id = slots.id
     WHERE slots.organisation_id = %(organisation)s AND slots.live
           AND slots.id IS DISTINCT FROM %(but)s
       AND (slots.expires_at IS NULL OR slots.expires_at > %(now)s)
       AND (upper(slots.slot) > %(now)s OR moves.state = 'running')
     ORDER BY slots.slot
"""


def as_hold(
    *,
    id: int,  # noqa: A002  the column's name
    organisation_id: int,
    environment_id: int,
    person_id: int,
    begins: datetime,
    ends: datetime,
    zone: str,
    wall: datetime,
    soon: bool,
    expires_at: datetime,
    said: str,
) -> Hold:
    """Make a hold of a row; what such a booking says is the kind of move that it is for."""
    return Hold(
        id=SlotId(id),
        organisation=OrganisationId(organisation_id),
        environment=EnvironmentId(environment_id),
        by=PersonId(person_id),
        kind=MoveKind(said),
        slot=as_slot(begins=begins, ends=ends, zone=zone, wall=wall, soon=soon),
        until=expires_at,
    )


def as_slot(*, begins: datetime, ends: datetime, zone: str, wall: datetime, soon: bool) -> Slot:
    """Make a slot of the columns that every booking has."""
    return Slot(interval=Interval(begin=begins, end=ends), zone=zone, wall=wall, soon=soon)


def add(
    tx: Transaction,
    organisation: OrganisationId,
    slot: Slot,
    *,
    purpose: Purpose,
    by: PersonId,
    environment: EnvironmentId | None,
    expires_at: datetime | None = None,
    said: str = "",
) -> SlotId:
    """Book a slot.

    Raises:
        SlotTaken: another booking has a part of it: the database says so, whatever was looked up
        before.
    """
    fields = _columns(slot) | {
        "organisation": organisation,
        "purpose": purpose,
        "by": by,
        "environment": environment,
        "expires_at": expires_at,
        "said": said,
        "now": tx.now,
    }
    return _booked(tx, organisation, slot, None, lambda: constraints.write(tx, ADD, fields))


def rebook(
    tx: Transaction,
    organisation: OrganisationId,
    id_: SlotId,
    slot: Slot,
    *,
    purpose: Purpose,
    expires_at: datetime | None = None,
) -> None:
    """Give a live booking another time, or a hold the purpose that it was for.

    Raises:
        SlotTaken: another booking has a part of it.
    """
    fields = _columns(slot) | {
        "organisation": organisation,
        "id": id_,
        "purpose": purpose,
        "expires_at": expires_at,
    }
    _ = _booked(tx, organisation, slot, id_, lambda: constraints.write(tx, REBOOK, fields))


def _columns(slot: Slot) -> dict[str, object]:
    return {
        "slot": TimestamptzRange(slot.interval.begin, slot.interval.end, "[)"),
        "zone": slot.zone,
        "wall": slot.wall,
        "soon": slot.soon,
    }


def _booked(
    tx: Transaction,
    organisation: OrganisationId,
    slot: Slot,
    own: SlotId | None,
    write: Callable[[], Cursor],
) -> SlotId:
    try:
        with tx.connection.transaction():
            rows: list[tuple[int]] = write().fetchall()
    except SlotTaken:
        others = busy(tx, organisation, but=own)
        obstacle = in_the_way(slot.interval, others)
        if obstacle is None:
            raise
        raise taken(slot, obstacle, others, tx.now) from None
    return SlotId(rows[0][0])


def free(tx: Transaction, organisation: OrganisationId, id_: SlotId) -> None:
    """End a booking: what is left of its time can be booked by others."""
    tx.connection.execute(FREE, {"organisation": organisation, "id": id_})


def end_expired_holds(tx: Transaction, organisation: OrganisationId) -> None:
    """End the organisation's holds whose 30 minutes are over."""
    tx.connection.execute(END_EXPIRED_HOLDS, {"organisation": organisation, "now": tx.now})


def hold_of(tx: Transaction, organisation: OrganisationId, person: PersonId) -> Hold | None:
    """Lock and return the time that a person holds in this organisation, over or not."""
    with tx.connection.cursor(row_factory=kwargs_row(as_hold)) as cursor:
        found = cursor.execute(HOLD_OF, {"organisation": organisation, "person": person})
        return found.fetchone()


def maintenance(tx: Transaction, organisation: OrganisationId, id_: SlotId) -> EnvironmentId | None:
    """Lock a live maintenance booking and return its environment; None when there is none."""
    cursor = tx.connection.execute(MAINTENANCE, {"organisation": organisation, "id": id_})
    row: tuple[int, int] | None = cursor.fetchone()
    return EnvironmentId(row[1]) if row else None


def as_maintenance(
    *,
    id: int,  # noqa: A002  the column's name
    organisation_id: int,
    environment_id: int | None,
    person_id: int,
    begins: datetime,
    ends: datetime,
    zone: str,
    wall: datetime,
    said: str,
) -> Maintenance:
    """Make a maintenance booking of a row."""
    return Maintenance(
        id=SlotId(id),
        organisation=OrganisationId(organisation_id),
        environment=None if environment_id is None else EnvironmentId(environment_id),
        by=PersonId(person_id),
        slot=as_slot(begins=begins, ends=ends, zone=zone, wall=wall, soon=False),
        reason=said,
    )


def maintenance_ahead(tx: Transaction, organisation: OrganisationId) -> list[Maintenance]:
    """Return the live maintenance bookings that are not over, earliest first."""
    with tx.connection.cursor(row_factory=kwargs_row(as_maintenance)) as cursor:
        fields = {"organisation": organisation, "now": tx.now}
        return cursor.execute(MAINTENANCE_AHEAD, fields).fetchall()


def busy(tx: Transaction, organisation: OrganisationId, *, but: SlotId | None = None) -> list[Busy]:
    """Return the bookings from now on, `but` one; a running move counts to its predicted end."""

    def as_busy(  # psycopg fills it by column name
        *,
        begins: datetime,
        ends: datetime,
        soon: bool,
        purpose: str,
        said: str,
        name: str,
        kind: str | None,
        running_since: datetime | None,
    ) -> Busy:
        slot = as_slot(begins=begins, ends=ends, zone="UTC", wall=begins, soon=soon)
        until = ends
        if running_since is not None:
            until = max(ends, predicted_end(running_since, slot.length, tx.now))
        return Busy(
            interval=Interval(begin=begins, end=until),
            purpose=Purpose(purpose),
            said=_said(Purpose(purpose), MoveKind(kind) if kind else None, name, said),
        )

    fields = {"organisation": organisation, "but": but, "now": tx.now}
    with tx.connection.cursor(row_factory=kwargs_row(as_busy)) as cursor:
        return cursor.execute(BOOKED, fields).fetchall()


def _said(purpose: Purpose, kind: MoveKind | None, name: str, said: str) -> str:
    match purpose:
        case Purpose.MOVE:
            return f"{kind.title if kind else 'a move'}, booked by {name}"
        case Purpose.HOLD:
            return f"being booked by {name}"
        case Purpose.MAINTENANCE:
            return f"maintenance ({said}), booked by {name}"
