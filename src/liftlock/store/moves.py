"""Moves in the books. A move is written only where it still is in the state that it was read in."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.contents import ContentDigest
from liftlock.domain.environments import Environment, EnvironmentId
from liftlock.domain.move_refusals import MoveHasChanged, MoveNotFound
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.slots import SlotId
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.store import constraints, slots
from liftlock.store.contents import ContentRow, as_content, content_column

NEXT_ID: LiteralString = "SELECT nextval(pg_get_serial_sequence('moves', 'id'))"

HIGHEST: LiteralString = """
    SELECT greatest(coalesce(max(id), 0), (SELECT last_value FROM moves_id_seq)) FROM moves
"""

NUMBER_FROM: LiteralString = """
    SELECT setval(pg_get_serial_sequence('moves', 'id'), %(number)s, false)
"""

ADD: LiteralString = """
    INSERT INTO moves (id, organisation_id, kind, state, source_id, source_kind, target_id,
                       target_kind, slot_id,
                       content, submitted_by, submitted_at, accepted_by, accepted_at, tested_note)
    OVERRIDING SYSTEM VALUE
    VALUES (%(id)s, %(organisation)s, %(kind)s, %(state)s, %(source)s, %(source_kind)s,
            %(target)s, %(target_kind)s,
            %(slot)s, %(content)s, %(submitted_by)s, %(submitted_at)s, %(accepted_by)s,
            %(accepted_at)s,
            %(tested_note)s)
"""

COLUMNS: LiteralString = """
    SELECT moves.id, moves.organisation_id, moves.kind, moves.state, moves.source_id,
    moves.target_id,
           lower(slots.slot) AS slot_begins, upper(slots.slot) AS slot_ends, slots.zone,
           slots.wall, slots.soon,
           moves.content, moves.submitted_by, moves.submitted_at, moves.accepted_by,
           moves.accepted_at,
           moves.validated_by, moves.validated_at, moves.validated_content, moves.date_modified_by,
           moves.date_modified_at, moves.changed, moves.way_free_at, moves.tested_note,
           moves.begun_at,
           moves.ended_at, moves.cause, moves.cause_said, moves.stop_asked_by, moves.stop_asked_at,
           moves.steps,
           moves.attempt, moves.resolved_by, moves.resolved_at, moves.resolved_note,
           moves.undone_by_id
      FROM moves
      JOIN slots ON slots.id = moves.slot_id
"""

LOAD: LiteralString = (
    COLUMNS + "WHERE moves.organisation_id = %(organisation)s AND moves.id = %(id)s"
)

LOAD_FOR_UPDATE: LiteralString = LOAD + " FOR UPDATE OF moves, slots"

LIST: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s
       AND (%(kinds)s::text[] IS NULL OR moves.kind = ANY (%(kinds)s))
       AND (%(states)s::text[] IS NULL OR moves.state = ANY (%(states)s))
       AND (%(before)s::bigint IS NULL OR moves.id < %(before)s)
     ORDER BY moves.id DESC
     LIMIT %(at_most)s
"""
)

LAST_COMPLETED: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s AND moves.kind = %(kind)s
           AND moves.state = 'completed'
     ORDER BY moves.ended_at DESC
     LIMIT 1
"""
)

ORGANISATION_OF: LiteralString = "SELECT organisation_id FROM moves WHERE id = %(id)s"

SLOT_OF: LiteralString = (
    "SELECT slot_id FROM moves WHERE organisation_id = %(organisation)s AND id = %(id)s"
)

SAVE: LiteralString = """
    UPDATE moves
       SET state = %(state)s, content = %(content)s, accepted_by = %(accepted_by)s,
           accepted_at = %(accepted_at)s,
           validated_by = %(validated_by)s, validated_at = %(validated_at)s,
           validated_content = %(validated_content)s, date_modified_by = %(date_modified_by)s,
           date_modified_at = %(date_modified_at)s, changed = %(changed)s,
           way_free_at = %(way_free_at)s,
           begun_at = %(begun_at)s, ended_at = %(ended_at)s, cause = %(cause)s,
           cause_said = %(cause_said)s,
           stop_asked_by = %(stop_asked_by)s, stop_asked_at = %(stop_asked_at)s, steps = %(steps)s,
           attempt = %(attempt)s, resolved_by = %(resolved_by)s, resolved_at = %(resolved_at)s,
           resolved_note = %(resolved_note)s, undone_by_id = %(undone_by)s
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND state = %(expecting)s
 RETURNING slot_id
"""


class MoveRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    organisation_id: int
    kind: str
    state: str
    source_id: int
    target_id: int
    slot_begins: datetime
    slot_ends: datetime
    zone: str
    wall: datetime
    soon: bool
    content: ContentRow
    submitted_by: int
    submitted_at: datetime
    accepted_by: int | None
    accepted_at: datetime | None
    validated_by: int | None
    validated_at: datetime | None
    validated_content: str | None
    date_modified_by: int | None
    date_modified_at: datetime | None
    changed: list[str]
    way_free_at: datetime | None
    tested_note: str
    begun_at: datetime | None
    ended_at: datetime | None
    cause: str | None
    cause_said: str
    stop_asked_by: int | None
    stop_asked_at: datetime | None
    steps: list[str]
    attempt: int
    resolved_by: int | None
    resolved_at: datetime | None
    resolved_note: str
    undone_by_id: int | None


def as_move(**row: Unpack[MoveRow]) -> Move:
    """Make a move of a row."""
    validated_content, undone_by = row["validated_content"], row["undone_by_id"]
    return Move(
        id=MoveId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        kind=MoveKind(row["kind"]),
        state=State(row["state"]),
        source=EnvironmentId(row["source_id"]),
        target=EnvironmentId(row["target_id"]),
        slot=slots.as_slot(
            begins=row["slot_begins"],
            ends=row["slot_ends"],
            zone=row["zone"],
            wall=row["wall"],
            soon=row["soon"],
        ),
        content=as_content(row["content"]),
        submitted=Signature(by=PersonId(row["submitted_by"]), at=row["submitted_at"]),
        accepted=_signature(row["accepted_by"], row["accepted_at"]),
        validated=_signature(row["validated_by"], row["validated_at"]),
        validated_content=None if validated_content is None else ContentDigest(validated_content),
        date_modified=_signature(row["date_modified_by"], row["date_modified_at"]),
        changed=tuple(row["changed"]),
        way_free_at=row["way_free_at"],
        tested_note=row["tested_note"],
        begun_at=row["begun_at"],
        ended_at=row["ended_at"],
        cause=None if row["cause"] is None else Cause(row["cause"]),
        cause_said=row["cause_said"],
        stop_asked=_signature(row["stop_asked_by"], row["stop_asked_at"]),
        steps=tuple(row["steps"]),
        attempt=row["attempt"],
        resolved=_signature(row["resolved_by"], row["resolved_at"]),
        resolved_note=row["resolved_note"],
        undone_by=None if undone_by is None else MoveId(undone_by),
    )


def _signature(by: int | None, at: datetime | None) -> Signature | None:
    return None if by is None or at is None else Signature(by=PersonId(by), at=at)


def next_id(tx: Transaction) -> MoveId:
    """Return the number of the next move."""
    rows: list[tuple[int]] = tx.connection.execute(NEXT_ID).fetchall()
    return MoveId(rows[0][0])


def highest(tx: Transaction) -> int:
    """Return the highest number that a move of these books may have, of all organisations."""
    rows: list[tuple[int]] = tx.connection.execute(HIGHEST).fetchall()
    return rows[0][0]


def number_from(tx: Transaction, number: int) -> None:
    """Give the next move this number, and those after it the following ones."""
    tx.connection.execute(NUMBER_FROM, {"number": number})


def add(
    tx: Transaction, move: Move, slot: SlotId, source: Environment, target: Environment
) -> None:
    """Write a new move over its booking."""
    fields = {
        "id": move.id,
        "organisation": move.organisation,
        "kind": move.kind,
        "state": move.state,
        "source": source.id,
        "source_kind": source.kind,
        "target": target.id,
        "target_kind": target.kind,
        "slot": slot,
        "content": content_column(move.content),
        **_signed("submitted", move.submitted),
        **_signed("accepted", move.accepted),
        "tested_note": move.tested_note,
    }
    _ = constraints.write(tx, ADD, fields)


def save(tx: Transaction, move: Move, *, expecting: State) -> None:
    """Write a move that was in `expecting` until now; its booking ends with it.

    Raises:
        MoveHasChanged: it is in another state by now.
    """
    fields = {
        "organisation": move.organisation,
        "id": move.id,
        "expecting": expecting,
        "state": move.state,
        "content": content_column(move.content),
        **_signed("accepted", move.accepted),
        **_signed("validated", move.validated),
        "validated_content": move.validated_content,
        **_signed("date_modified", move.date_modified),
        "changed": list(move.changed),
        "way_free_at": move.way_free_at,
        "begun_at": move.begun_at,
        "ended_at": move.ended_at,
        "cause": move.cause,
        "cause_said": move.cause_said,
        **_signed("stop_asked", move.stop_asked),
        "steps": list(move.steps),
        "attempt": move.attempt,
        **_signed("resolved", move.resolved),
        "resolved_note": move.resolved_note,
        "undone_by": move.undone_by,
    }
    row: tuple[int] | None = constraints.write(tx, SAVE, fields).fetchone()
    if row is None:
        raise _has_changed(tx, move)
    if not move.holds_slot:
        slots.free(tx, move.organisation, SlotId(row[0]))


def _signed(what: str, signature: Signature | None) -> dict[str, object]:
    return {
        f"{what}_by": signature.by if signature else None,
        f"{what}_at": signature.at if signature else None,
    }


def _has_changed(tx: Transaction, move: Move) -> MoveHasChanged | MoveNotFound:
    present = load(tx, move.organisation, move.id)
    if present is None:
        return MoveNotFound(move=move.id)
    return MoveHasChanged(move=move.id, status=present.status)


def load(tx: Transaction, organisation: OrganisationId, id_: MoveId) -> Move | None:
    """Return a move of this organisation; another's is None."""
    return one(tx, LOAD, {"organisation": organisation, "id": id_})


def load_for_update(tx: Transaction, organisation: OrganisationId, id_: MoveId) -> Move | None:
    """Lock and return a move of this organisation; another's is None."""
    return one(tx, LOAD_FOR_UPDATE, {"organisation": organisation, "id": id_})


def organisation_of(tx: Transaction, id_: MoveId) -> OrganisationId | None:
    """Return whose a move is: for a worker, which is handed nothing but the move's number."""
    row: tuple[int] | None = tx.connection.execute(ORGANISATION_OF, {"id": id_}).fetchone()
    return OrganisationId(row[0]) if row else None


def slot_of(tx: Transaction, organisation: OrganisationId, id_: MoveId) -> SlotId:
    """Return the booking of a move."""
    fields = {"organisation": organisation, "id": id_}
    rows: list[tuple[int]] = tx.connection.execute(SLOT_OF, fields).fetchall()
    return SlotId(rows[0][0])


def list_all(
    tx: Transaction,
    organisation: OrganisationId,
    *,
    kinds: Sequence[MoveKind] = (),
    states: Sequence[State] = (),
    before: MoveId | None = None,
    at_most: int = 50,
) -> list[Move]:
    """Return moves of these kinds and states (none given: all), latest first, below `before`."""
    fields: dict[str, object] = {
        "organisation": organisation,
        "kinds": list(kinds) or None,
        "states": list(states) or None,
        "before": before,
        "at_most": at_most,
    }
    return many(tx, LIST, fields)


def last_completed(tx: Transaction, organisation: OrganisationId, kind: MoveKind) -> Move | None:
    """Return the latest completed move of a kind; one that was undone since does not count."""
    return one(tx, LAST_COMPLETED, {"organisation": organisation, "kind": kind})


def one(tx: Transaction, statement: LiteralString, fields: dict[str, object]) -> Move | None:
    """Return the move that a query over `COLUMNS` finds; None when it finds none."""
    with tx.connection.cursor(row_factory=kwargs_row(as_move)) as cursor:
        return cursor.execute(statement, fields).fetchone()


def many(tx: Transaction, statement: LiteralString, fields: dict[str, object]) -> list[Move]:
    """Return the moves that a query over `COLUMNS` finds."""
    with tx.connection.cursor(row_factory=kwargs_row(as_move)) as cursor:
        return cursor.execute(statement, fields).fetchall()
