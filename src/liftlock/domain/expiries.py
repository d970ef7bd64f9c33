"""Expiries: what would let a booked move expire, looked at once before it does. Pure."""

from datetime import datetime, timedelta

from liftlock.domain.moves import Move
from liftlock.domain.statuses import WAITING, MoveKind, State

LOOKED_AT_BEFORE = timedelta(hours=1)
"""So long before it would expire a move is looked at."""


def is_near(move: Move, now: datetime) -> bool:
    """Tell whether it is time to look at a booked move.

    It is so an hour before a proposal would expire; of one that was booked, or got its date, later
    than two hours before, when half of the time that was left has gone by.
    """
    ends = move.slot.validation_ends
    since = max(s.at for s in (move.submitted, move.date_modified) if s)
    return now >= ends - min(LOOKED_AT_BEFORE, max(ends - since, timedelta()) / 2)


def needs_a_look_at_production(move: Move) -> bool:
    """Tell whether what was validated may have become stale unseen."""
    return move.state is State.VALIDATED and move.needs_validation


def will_expire(move: Move, *, is_frozen: bool) -> bool:
    """Tell whether a booked move expires unless somebody does something."""
    if move.state not in WAITING:
        return False
    is_stale = bool(move.changed) and move.kind is not MoveKind.DOWN_ALIGN
    return move.state is State.PROPOSED or is_stale or is_frozen
