"""Overruns: a running move that takes longer than its slot is never cut; people are told. Pure."""

from collections.abc import Sequence
from datetime import datetime

from liftlock.domain.moves import Move
from liftlock.domain.slots import Busy, predicted_end
from liftlock.domain.statuses import State
from liftlock.domain.wall_times import said


def is_over(move: Move, now: datetime) -> bool:
    """Tell whether a move still runs although its slot has ended."""
    return move.state is State.RUNNING and now >= move.slot.interval.end


def over_said(move: Move, now: datetime) -> str:
    """Return one sentence about a move that runs over its slot."""
    ended = said(move.slot.interval.end, move.slot.zone, now)
    return f"It runs longer than its time, which ended on {ended}, and is not cut."


def comes_next(bookings: Sequence[Busy], now: datetime) -> Busy | None:
    """Return the first of these bookings, earliest first, that is not over."""
    return next((b for b in bookings if b.interval.end > now), None)


def how_it_runs_over(move: Move, following: Busy | None, now: datetime) -> str:
    """Return what people are told: that it runs over, until when probably, and what it delays."""
    ends = predicted_end(move.begun_at or now, move.slot.length, now)
    zone = move.slot.zone
    told = f"{over_said(move, now)} It should end by {said(ends, zone, now)}."
    if following is None:
        return f"{told} Nothing is booked after it."
    begins = said(following.interval.begin, zone, now)
    if following.interval.begin < ends:
        return f"{told} It delays what begins on {begins}: {following.said}."
    return f"{told} If it still runs on {begins}, it delays what begins then: {following.said}."
