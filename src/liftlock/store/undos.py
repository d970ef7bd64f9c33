"""What Undos need to know of the other moves of their target."""

from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.store.moves import COLUMNS, many, one

COMPLETED_AFTER: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s AND moves.target_id = %(target)s
       AND moves.state = 'completed' AND moves.ended_at > %(ended_at)s
     ORDER BY moves.ended_at
"""
)

WAITING: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s AND moves.target_id = %(target)s
       AND moves.kind = 'undo' AND moves.state IN ('proposed', 'validated', 'running')
"""
)

UNDONE_BY: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s AND moves.undone_by_id = ANY (%(undos)s)
     ORDER BY moves.ended_at
       FOR UPDATE OF moves, slots
"""
)


def completed_after(tx: Transaction, move: Move) -> list[Move]:
    """Return what was completed in a move's target after it, and not undone, earliest first."""
    fields: dict[str, object] = {
        "organisation": move.organisation,
        "target": move.target,
        "ended_at": move.ended_at,
    }
    return many(tx, COMPLETED_AFTER, fields)


def waiting(tx: Transaction, organisation: OrganisationId, target: EnvironmentId) -> Move | None:
    """Return the Undo of an environment that waits or runs."""
    return one(tx, WAITING, {"organisation": organisation, "target": target})


def undone_by(tx: Transaction, organisation: OrganisationId, undos: list[MoveId]) -> list[Move]:
    """Lock and return what these Undos have undone, earliest first."""
    return many(tx, UNDONE_BY, {"organisation": organisation, "undos": undos})
