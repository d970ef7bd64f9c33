"""Resolutions of errored moves in the books: a row each, which a worker takes like a due move."""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId
from liftlock.domain.resolutions import How, Resolution, ResolutionId, ResolutionState
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO resolutions (organisation_id, move_id, how, state, asked_by, asked_at, note,
                             ended_at)
    VALUES (%(organisation)s, %(move)s, %(how)s, %(state)s, %(by)s, %(now)s, %(note)s, %(ended_at)s)
"""

COLUMNS: LiteralString = """
    SELECT id, organisation_id, move_id, how, state, asked_by, asked_at, note, said
      FROM resolutions
"""

ASKED: LiteralString = COLUMNS + " WHERE state = 'asked' ORDER BY id FOR UPDATE SKIP LOCKED"

UNDER_WAY: LiteralString = (
    COLUMNS
    + """
     WHERE organisation_id = %(organisation)s AND move_id = %(move)s AND state IN ('asked',
           'running')
"""
)

OPEN: LiteralString = UNDER_WAY + " FOR UPDATE"

OF_MOVE: LiteralString = (
    COLUMNS + " WHERE organisation_id = %(organisation)s AND move_id = %(move)s ORDER BY id"
)

RUNNING: LiteralString = COLUMNS + " WHERE state = 'running' ORDER BY id"

REPAIRED_SINCE: LiteralString = """
    SELECT move_id FROM resolutions
     WHERE how = 'mark_as_repaired' AND state = 'done' AND ended_at > %(since)s
     ORDER BY move_id
"""

BEGIN: LiteralString = """
    UPDATE resolutions
       SET state = 'running', begun_at = %(now)s
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND state = 'asked'
"""

END: LiteralString = """
    UPDATE resolutions
       SET state = %(state)s, said = %(said)s, ended_at = %(now)s
     WHERE organisation_id = %(organisation)s AND id = %(id)s AND state IN ('asked', 'running')
"""


class ResolutionRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    organisation_id: int
    move_id: int
    how: str
    state: str
    asked_by: int
    asked_at: datetime
    note: str
    said: str


def as_resolution(**row: Unpack[ResolutionRow]) -> Resolution:
    """Make a resolution of a row."""
    return Resolution(
        id=ResolutionId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        move=MoveId(row["move_id"]),
        how=How(row["how"]),
        state=ResolutionState(row["state"]),
        asked_by=PersonId(row["asked_by"]),
        asked_at=row["asked_at"],
        note=row["note"],
        said=row["said"],
    )


def ask(
    tx: Transaction, organisation: OrganisationId, move: MoveId, by: PersonId, note: str
) -> None:
    """Write that a worker is to put a move back again.

    Raises:
        AlreadyBeingResolved: it is to be, or is being, already.
    """
    fields = _fields(tx, organisation, move, by, note) | {
        "how": How.PUT_BACK_AGAIN,
        "state": ResolutionState.ASKED,
        "ended_at": None,
    }
    _ = constraints.write(tx, ADD, fields)


def repaired(
    tx: Transaction, organisation: OrganisationId, move: MoveId, by: PersonId, note: str
) -> None:
    """Write that a person has repaired a target by hand."""
    fields = _fields(tx, organisation, move, by, note) | {
        "how": How.MARK_AS_REPAIRED,
        "state": ResolutionState.DONE,
        "ended_at": tx.now,
    }
    _ = constraints.write(tx, ADD, fields)


def _fields(
    tx: Transaction, organisation: OrganisationId, move: MoveId, by: PersonId, note: str
) -> dict[str, object]:
    return {
        "organisation": organisation,
        "move": move,
        "by": by,
        "note": note,
        "now": tx.now,
    }


def asked(tx: Transaction) -> list[Resolution]:
    """Lock and return what waits for a worker; what another worker is taking is left out."""
    return _many(tx, ASKED, {})


def open_of(tx: Transaction, organisation: OrganisationId, move: MoveId) -> Resolution | None:
    """Lock and return the resolution of a move that has not ended."""
    return next(iter(_many(tx, OPEN, {"organisation": organisation, "move": move})), None)


def under_way(tx: Transaction, organisation: OrganisationId, move: MoveId) -> Resolution | None:
    """Return the resolution of a move that has not ended, for those who only look."""
    return next(iter(_many(tx, UNDER_WAY, {"organisation": organisation, "move": move})), None)


def of_move(tx: Transaction, organisation: OrganisationId, move: MoveId) -> list[Resolution]:
    """Return every resolution of a move, oldest first."""
    return _many(tx, OF_MOVE, {"organisation": organisation, "move": move})


def running(tx: Transaction) -> list[Resolution]:
    """Return the resolutions that workers are at, of all organisations."""
    return _many(tx, RUNNING, {})


def repaired_since(tx: Transaction, since: datetime) -> list[MoveId]:
    """Return the moves that people have marked as repaired since then, of all organisations."""
    rows = tx.connection.execute(REPAIRED_SINCE, {"since": since}).fetchall()
    return [MoveId(int(row[0])) for row in rows]


def begin(tx: Transaction, resolution: Resolution) -> None:
    """Write that a worker is at it from now on."""
    fields = {"organisation": resolution.organisation, "id": resolution.id, "now": tx.now}
    tx.connection.execute(BEGIN, fields)


def end(tx: Transaction, resolution: Resolution, state: ResolutionState, said: str) -> None:
    """Write what came of it."""
    fields = {
        "organisation": resolution.organisation,
        "id": resolution.id,
        "state": state,
        "said": said,
        "now": tx.now,
    }
    tx.connection.execute(END, fields)


def _many(tx: Transaction, statement: LiteralString, fields: dict[str, object]) -> list[Resolution]:
    with tx.connection.cursor(row_factory=kwargs_row(as_resolution)) as cursor:
        return cursor.execute(statement, fields).fetchall()
