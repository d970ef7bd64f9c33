"""A move that runs over its slot is told once, with what it delays, to whoever is concerned."""

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import Move
from liftlock.domain.overruns import comes_next, how_it_runs_over, is_over
from liftlock.services import notifications
from liftlock.store import audit_events, due, moves, slots


def tell(tx: Transaction) -> int:
    """Tell of every running move that its slot has ended; return of how many people are told now.

    Besides those whom the move concerns, these are who booked a maintenance that comes next.
    """
    return sum(_tell(tx, move) for move in due.running(tx) if is_over(move, tx.now))


def _tell(tx: Transaction, move: Move) -> bool:
    locked = moves.load_for_update(tx, move.organisation, move.id)
    if locked is None or not is_over(locked, tx.now):
        return False
    if audit_events.has(tx, Tag.MOVE_OVERRAN, locked):
        return False
    own = moves.slot_of(tx, move.organisation, move.id)
    following = comes_next(slots.busy(tx, move.organisation, but=own), tx.now)
    said = how_it_runs_over(locked, following, tx.now)
    audit_events.append_of_move(tx, Tag.MOVE_OVERRAN, None, locked, {"said": said})
    notifications.tell_all(tx, Tag.MOVE_OVERRAN, locked, said)
    for maintenance in slots.maintenance_ahead(tx, move.organisation):
        if following and maintenance.slot.interval.begin == following.interval.begin:
            notifications.tell_person(tx, maintenance.by, Tag.MOVE_OVERRAN, locked, said)
    return True
