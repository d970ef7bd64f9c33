"""Due: whether a booked move begins now, waits on, or expires, and what people are told. Pure.

A proposal that nobody validated expires when its slot begins; one booked as soon as possible has
half an hour more. A validated one that is held up by a running move begins when the way is free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from liftlock.domain.moves import Move
from liftlock.domain.slots import Busy, Interval, in_the_way, mark_before, said
from liftlock.domain.statuses import Cause, MoveKind, State, status_word

LATE_AFTER = timedelta(minutes=30)
"""How long a validated move may be held up, unless the installation says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """It begins now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not yet; `why` is what a page says."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """It does not begin any more; `said` is what everybody concerned is told."""

    cause: Cause
    said: str


Decision: TypeAlias = Begin | Wait | Expire


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else holds in the organisation when a move is looked at."""

    now: datetime
    others: Sequence[Busy] = ()
    """All other live bookings, and the freezes that concern the target and were not overridden."""
    blocked_by: Move | None = None
    """The move that runs, or is errored and unresolved."""
    changed: tuple[str, ...] = ()
    """What of Production has changed since the validation; empty for a Down Align."""
    late_after: timedelta = LATE_AFTER
    unread: str = ""
    """Why what it goes by could not be read when the move was due; empty when it could."""


def due(move: Move, around: Surroundings) -> Decision:
    """Decide what becomes of a booked move now.

    The order counts: first whether it is time, then whether it is too late, then whether the way is
    free, then whether what was validated still holds, then whether the whole length still fits.
    """
    if around.now < move.slot.interval.begin:
        return Wait(why=f"its slot begins on {move.slot.said(around.now)}")
    if move.state is State.PROPOSED:
        return _unvalidated(move, around)
    for rule in (_too_late, _blocked, _stale):
        decision = rule(move, around)
        if decision is not None:
            return decision
    return _room(move, around)


def _unvalidated(move: Move, around: Surroundings) -> Decision:
    if around.now < move.slot.validation_ends:
        until = said(move.slot.validation_ends, move.slot.zone, around.now)
        return Wait(why=f"it waits for a validation until {until}")
    return Expire(cause=Cause.NOT_VALIDATED, said="Nobody validated it before its slot began.")


def _too_late(move: Move, around: Surroundings) -> Expire | None:
    running = around.blocked_by is not None and around.blocked_by.state is State.RUNNING
    if running or around.now < counts_from(move) + around.late_after:
        return None
    if around.blocked_by is not None:
        return Expire(
            cause=Cause.LATE, said=f"{_named(around.blocked_by)} was not resolved in time."
        )
    minutes = around.late_after // timedelta(minutes=1)
    because = f": {around.unread}" if around.unread else "."
    return Expire(cause=Cause.LATE, said=f"It could not begin within {minutes} minutes{because}")


def counts_from(move: Move) -> datetime:
    """Return the instant from which on the lateness of a validated move counts.

    That is its slot's begin; for one booked as soon as possible the validation, when that came
    later; for one that a running move held up, when the way was free.
    """
    begin = move.slot.interval.begin
    validated = move.validated.at if move.slot.soon and move.validated else begin
    return max(begin, validated, move.way_free_at or begin)


def _blocked(move: Move, around: Surroundings) -> Wait | None:
    del move
    if around.blocked_by is None:
        return None
    return Wait(why=f"{_named(around.blocked_by)} is in the way")


def _named(move: Move) -> str:
    return f"{move.kind.title} {move.id} ({status_word(move.kind, move.state)})"


def _stale(move: Move, around: Surroundings) -> Decision | None:
    if not around.changed or move.kind is MoveKind.DOWN_ALIGN:
        return None
    changed = "; ".join(around.changed)
    if not move.needs_validation:
        return Expire(cause=Cause.STALE, said=f"It is no longer what was scheduled: {changed}.")
    if around.now < move.slot.validation_ends:
        return Wait(why=f"its validation is stale: {changed}")
    return Expire(cause=Cause.STALE, said=f"Its validation was stale: {changed}.")


def _room(move: Move, around: Surroundings) -> Decision:
    begin = mark_before(around.now)
    obstacle = in_the_way(Interval(begin=begin, end=begin + move.slot.length), around.others)
    if obstacle is None:
        return Begin()
    cause = Cause.FROZEN if obstacle.purpose is None else Cause.LATE
    return Expire(cause=cause, said=_no_room_said(obstacle, move, around.now))


def _no_room_said(obstacle: Busy, move: Move, now: datetime) -> str:
    if obstacle.interval.contains(now):
        until = said(obstacle.interval.end, move.slot.zone, now)
        return f"There is {obstacle.said}, until {until}."
    when = said(obstacle.interval.begin, move.slot.zone, now)
    return f"Its whole length no longer fits before {obstacle.said}, which begins on {when}."
