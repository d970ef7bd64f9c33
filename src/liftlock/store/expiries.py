"""Which booked moves are to be looked at before they would expire: each once for each slot."""

from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.expiries import LOOKED_AT_BEFORE
from liftlock.domain.moves import Move
from liftlock.store.moves import COLUMNS, many, one

NEAR: LiteralString = (
    COLUMNS
    + """
     WHERE moves.state IN ('proposed', 'validated')
       AND lower(slots.slot) <= %(until)s
       AND moves.looked_ahead_for IS DISTINCT FROM lower(slots.slot)
     ORDER BY slots.slot, moves.id
"""
)

# Only where it still is as it was read; whoever else looks at it, or changes it, has it.
LOCK: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s AND moves.id = %(id)s
       AND moves.state = %(state)s AND lower(slots.slot) = %(begins)s
       AND moves.looked_ahead_for IS DISTINCT FROM lower(slots.slot)
       FOR UPDATE OF moves SKIP LOCKED
"""
)

LOOKED: LiteralString = """
    UPDATE moves
       SET looked_ahead_for = %(begins)s
     WHERE organisation_id = %(organisation)s AND id = %(id)s
"""


def near(tx: Transaction) -> list[Move]:
    """Return the booked moves that may have to be looked at, of all organisations."""
    return many(tx, NEAR, {"until": tx.now + LOOKED_AT_BEFORE})


def lock(tx: Transaction, move: Move) -> Move | None:
    """Lock and return a move that still is to be looked at; None when it is not, or is locked."""
    fields: dict[str, object] = {
        "organisation": move.organisation,
        "id": move.id,
        "state": move.state,
        "begins": move.slot.interval.begin,
    }
    return one(tx, LOCK, fields)


def looked(tx: Transaction, move: Move) -> None:
    """Write that a move was looked at for the slot that it has."""
    fields = {
        "organisation": move.organisation,
        "id": move.id,
        "begins": move.slot.interval.begin,
    }
    tx.connection.execute(LOOKED, fields)
