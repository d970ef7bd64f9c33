"""Freezes: times at which nothing moves, in an organisation or to one environment. Pure.

A freeze may come again each week at the same wall-clock times. It counts for whatever is booked,
given another date or due; a move that it is laid over needs an override, else it expires.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from liftlock.domain.environments import EnvironmentId
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Signature
from liftlock.domain.slots import Busy, Interval, InThePast
from liftlock.domain.statuses import WAITING
from liftlock.domain.wall_times import does_not_exist, instants, nearest, wall_at, wall_said
from liftlock.errors import Conflict, Invalid, NotFound

FreezeId = NewType("FreezeId", int)

WEEK = timedelta(days=7)
LONGEST_YEARS = 10
SEEN_AHEAD = timedelta(days=400)
"""So far ahead a weekly freeze is laid out: slots can be booked 12 months ahead."""


class FreezeNotFound(NotFound):
    """No such freeze in this organisation, or it has been ended."""

    code = "freeze.not_found"
    sentence = "There is no freeze {freeze} in your organisation. Look at those that there are."


class FreezeReasonMissing(Invalid):
    """People are told why nothing moves."""

    code = "freeze.reason_missing"
    sentence = "Say why: a freeze needs a reason, which is shown to whoever it stops."


class FreezeEndsFirst(Invalid):
    """A freeze that ends before it begins."""

    code = "freeze.ends_first"
    sentence = "It would end on {end}, which is not after its begin on {begin}. Give a later end."


class FreezeIsOver(Invalid):
    """A freeze of the past stops nothing."""

    code = "freeze.is_over"
    sentence = "It would be over already: {end} is past. Give a later end."


class FreezeTooLong(Invalid):
    """A freeze of more than ten years."""

    code = "freeze.too_long"
    sentence = (
        "{end} is more than 10 years ahead. Give an earlier end; a freeze can be entered anew."
    )


class FreezeFillsTheWeek(Invalid):
    """What comes again each week leaves a part of the week free."""

    code = "freeze.fills_the_week"
    sentence = "A weekly freeze lasts less than a week. Give an earlier end, or let it come once."


class OverrideReasonMissing(Invalid):
    """The reason of an override is kept."""

    code = "freeze.override_reason_missing"
    sentence = "Say why move {move} may run in a freeze: an override needs a reason, which is kept."


class NothingToOverride(Conflict):
    """No freeze stops the move."""

    code = "freeze.nothing_to_override"
    sentence = (
        "No freeze that was not overridden lies over {move} ({status}). Nothing is to be done."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """An interval in which no move of the organisation, or to one environment, runs."""

    id: FreezeId
    organisation: OrganisationId
    environment: EnvironmentId | None
    """None: all of the organisation's."""
    interval: Interval
    """The first one, of a weekly freeze."""
    zone: str
    """The platform's, in which it is the same wall-clock time each week."""
    reason: str
    entered: Signature
    weekly: bool = False
    canceled_at: datetime | None = None

    def concerns(self, target: EnvironmentId) -> bool:
        """Tell whether a move to this target is stopped by it."""
        return self.canceled_at is None and self.environment in {None, target}

    def intervals(self, after: datetime, before: datetime) -> Iterator[Interval]:
        """Yield its times that end after one instant and begin before another, earliest first."""
        if not self.weekly:
            if self.interval.end > after and self.interval.begin < before:
                yield self.interval
            return
        week = max(0, (after - self.interval.end) // WEEK)
        begin, end = self._in_week(week)
        while begin < before:
            if end > max(after, begin):  # an hour that the clocks skip is no freeze
                yield Interval(begin=begin, end=end)
            week += 1
            begin, end = self._in_week(week)

    def next_interval(self, now: datetime) -> Interval | None:
        """Return the time that it is under way, or comes next; None when it is over."""
        if self.canceled_at is not None:
            return None
        begin = max(now, self.interval.begin) + 2 * WEEK
        return next(self.intervals(now, begin), None)

    def busy(self, now: datetime) -> tuple[Busy, ...]:
        """Return it as what cannot be booked from now on."""
        said = f"a freeze ({self.reason})"
        found = self.intervals(now, now + SEEN_AHEAD)
        return tuple(Busy(interval=each, purpose=None, said=said) for each in found)

    def lies_over(self, move: Move) -> bool:
        """Tell whether it stops a waiting move where that is booked now."""
        if move.state not in WAITING or not self.concerns(move.target):
            return False
        booked = move.slot.interval
        return any(True for _ in self.intervals(booked.begin, booked.end))

    def _in_week(self, week: int) -> tuple[datetime, datetime]:
        if week == 0:
            return self.interval.begin, self.interval.end
        return self._later(self.interval.begin, week)[0], self._later(self.interval.end, week)[-1]

    def _later(self, instant: datetime, weeks: int) -> tuple[datetime, ...]:
        """Return when clocks show the same time weeks later; where they skip it, just after."""
        wall = wall_at(instant, self.zone) + weeks * WEEK
        return instants(wall, self.zone) or instants(nearest(wall, self.zone)[1], self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's word that one move, booked for one time, may run in a freeze all the same."""

    freeze: FreezeId
    move: MoveId
    slot_begins: datetime
    """With another date it counts no more."""
    reason: str
    entered: Signature

    def lets(self, move: Move, freeze: Freeze) -> bool:
        """Tell whether it is of this move at the time that it has now, and of this freeze."""
        given = (self.freeze, self.move, self.slot_begins)
        return given == (freeze.id, move.id, move.slot.interval.begin)


def interval_between(
    begin: datetime,
    end: datetime,
    *,
    zone: str,
    now: datetime,
    begin_fold: int | None = None,
    end_fold: int | None = None,
) -> Interval:
    """Return the interval between two wall-clock times of a zone.

    Of a time that the clocks show twice, the fold says which is meant: 0 the first, 1 the second;
    without it, the one that makes the freeze longer.

    Raises:
        FreezeEndsFirst: it ends before it begins.
        InThePast: it begins on a day before today.
        FreezeIsOver: it would end before now.
        FreezeTooLong: it ends more than ten years ahead.
        TimeDoesNotExist: the clocks skip one of the times; the nearest are offered.
    """
    year = wall_at(now, zone).year
    if end <= begin:
        raise FreezeEndsFirst(begin=wall_said(begin, year), end=wall_said(end, year))
    if begin.date() < wall_at(now, zone).date():
        raise InThePast(wanted=wall_said(begin, year))
    if end.year > year + LONGEST_YEARS:
        raise FreezeTooLong(end=wall_said(end, year))
    begins, ends = _found(begin, zone, now), _found(end, zone, now)
    found = Interval(begin=begins[-1 if begin_fold else 0], end=ends[0 if end_fold == 0 else -1])
    if found.end <= now:
        raise FreezeIsOver(end=wall_said(end, year))
    return found


def require_room_in_the_week(interval: Interval) -> None:
    """Refuse a weekly freeze that would never end. Raises: FreezeFillsTheWeek."""
    if interval.length >= WEEK - timedelta(hours=1):  # an hour less when clocks go forward
        raise FreezeFillsTheWeek


def laid_over(
    move: Move, freezes: Mapping[FreezeId, Freeze], overrides: tuple[Override, ...]
) -> tuple[Freeze, ...]:
    """Return the freezes that stop a waiting move: laid over its time, and not overridden."""
    return tuple(
        freeze
        for freeze in freezes.values()
        if freeze.lies_over(move) and not any(each.lets(move, freeze) for each in overrides)
    )


def _found(wall: datetime, zone: str, now: datetime) -> tuple[datetime, ...]:
    found = instants(wall, zone)
    if not found:
        raise does_not_exist(wall, zone, now)
    return found
