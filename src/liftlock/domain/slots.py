"""Slots: wall times of the platform's zone on a five-minute grid, and what they book. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import NewType, Self

from liftlock.domain.environments import EnvironmentId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId
from liftlock.domain.statuses import MoveKind
from liftlock.domain.wall_times import (
    GRID,
    does_not_exist,
    instants,
    is_ambiguous,
    said,
    wall_at,
    wall_said,
)
from liftlock.errors import Conflict, Invalid, NotFound

SlotId = NewType("SlotId", int)

HOLD_LASTS = timedelta(minutes=30)
SOON_GRACE = timedelta(minutes=30)
"""A slot booked *as soon as possible* is this much longer, so that a validation may come late."""
OFFERS_APART = timedelta(minutes=30)
"""How far apart the free times are that a refusal offers."""
RUNS_LEARNED_FROM = 10
"""How many of the latest runs a length is learned from."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class EmptyInterval(Invalid):
    """An interval that ends before it begins."""

    code = "slot.empty_interval"
    sentence = "It would end at {end}, which is not after its begin, {begin}. Give a later end."


class OffTheGrid(Invalid):
    """A time that is no multiple of five minutes."""

    code = "slot.off_the_grid"
    sentence = (
        "{wanted} is not a time that can be booked: hours go from 00 to 23, "
        "minutes from 00 to 55 in steps of 5."
    )


class InThePast(Invalid):
    """A time that has gone by."""

    code = "slot.in_the_past"
    sentence = "{wanted} is past. Choose a later time, or as soon as possible."


class BeyondTwelveMonths(Invalid):
    """A day too far ahead."""

    code = "slot.beyond_twelve_months"
    sentence = "{wanted} is more than 12 months ahead. The last day is {last}."


class SlotTaken(Conflict):
    """Something else has that time, or a part of it."""

    code = "slot.taken"
    sentence = "{wanted} is not free: {by}, until {ends}. Next free: {free}."


class NothingFree(Conflict):
    """No interval of this length is free in the next 12 months."""

    code = "slot.nothing_free"
    sentence = "No {minutes} minutes are free in the next 12 months. End a freeze or a booking."


class HoldNotFound(NotFound):
    """The person has no hold, or it is over."""

    code = "slot.hold_not_found"
    sentence = "You hold no time, or no longer: a hold lasts 30 minutes. Choose day and time again."


class HoldReplaced(Conflict):
    """The person holds another time than the one meant, or for a move of another kind."""

    code = "slot.hold_replaced"
    sentence = (
        "The only time that you hold is {held}, for: {kind}. A later choice replaced any other. "
        "Nothing has been done: look at the time on the page, or choose day and time again."
    )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Interval:
    """Half open: `begin` belongs to it, `end` does not. Both in UTC."""

    begin: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse an interval without length."""
        if self.end <= self.begin:
            raise EmptyInterval(begin=self.begin.isoformat(), end=self.end.isoformat())

    @property
    def length(self) -> timedelta:
        """Return how long it lasts."""
        return self.end - self.begin

    def contains(self, instant: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.begin <= instant < self.end

    def overlaps(self, other: "Interval") -> bool:
        """Tell whether both have an instant in common; touching ends do not."""
        return self.begin < other.end and other.begin < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What a move books: the interval, and the wall time that a person chose, with its zone."""

    interval: Interval
    zone: str
    wall: datetime
    """Naive: what the clock on the wall shows at the begin."""
    soon: bool = False
    """Booked *as soon as possible*."""

    @property
    def length(self) -> timedelta:
        """Return how long the move may take: the interval without the grace of *soon*."""
        return self.interval.length - (SOON_GRACE if self.soon else timedelta())

    @property
    def validation_ends(self) -> datetime:
        """Return the instant from which on a proposal that nobody validated expires."""
        return self.interval.begin + (SOON_GRACE if self.soon else timedelta())

    def lasting(self, length: timedelta) -> Self:
        """Return the same time for a move that takes another length, rounded up to the grid."""
        whole = up_to_grid(length) + (SOON_GRACE if self.soon else timedelta())
        begin = self.interval.begin
        return replace(self, interval=Interval(begin=begin, end=begin + whole))

    def require_ahead(self, now: datetime) -> None:
        """Refuse a time whose next five-minute mark has been reached.

        Raises:
            InThePast: it has.
        """
        if self.interval.begin + GRID <= now:
            raise InThePast(wanted=self.said(now))

    def said(self, now: datetime) -> str:
        """Return how people read its begin: *Friday, May 29 at 22:00*."""
        return said(self.interval.begin, self.zone, now)


class Purpose(StrEnum):
    """What a booking is for."""

    MOVE = "move"
    HOLD = "hold"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """An interval that cannot be booked, and what a person is told about it."""

    interval: Interval
    purpose: Purpose | None
    """None: a freeze."""
    said: str
    """What and who: *Move to Staging, booked by Ana Ruiz*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A slot that one person keeps while choosing modules or scope; a new hold replaces it."""

    id: SlotId
    organisation: OrganisationId
    environment: EnvironmentId
    """The environment whose console it was taken in."""
    by: PersonId
    kind: MoveKind
    """What it was taken for; nothing else comes of it."""
    slot: Slot
    until: datetime

    def require_meant(self, now: datetime, kind: MoveKind, id_: SlotId | None) -> None:
        """Refuse it for a move of another kind, or where another hold was meant (None: any).

        Raises:
            HoldReplaced: it is not the one.
        """
        if self.kind is not kind or id_ not in {None, self.id}:
            raise HoldReplaced(held=self.slot.said(now), kind=self.kind.title)

    def require_live(self, now: datetime) -> None:
        """Refuse a hold that is over.

        Raises:
            HoldNotFound: it is.
        """
        if self.until <= now:
            raise HoldNotFound


def at_wall(
    day: date,
    hour: int,
    minute: int,
    *,
    zone: str,
    length: timedelta,
    now: datetime,
    fold: int | None = None,
) -> Slot:
    """Return the slot that begins when a clock of the zone shows this day and time.

    `fold` says which is meant of a time that the clocks show twice: 0 the first, 1 the second. It
    is not needed when the first is past already, and says nothing about any other time.

    Raises:
        OffTheGrid: no such hour, or a minute that is no multiple of five.
        BeyondTwelveMonths: later than the same day 12 months ahead.
        InThePast: the next mark of the grid has been reached.
        TimeDoesNotExist: the clocks skip it; the nearest times are offered.
        TimeIsAmbiguous: the clocks show it twice and `fold` does not say which.
        UnknownZone: no such zone.
    """
    wall = datetime.combine(day, _time_on_grid(hour, minute))
    _require_within_reach(wall, zone, now)
    begin = _begin_at(wall, zone, now, fold)
    interval = Interval(begin=begin, end=begin + up_to_grid(length))
    return Slot(interval=interval, zone=zone, wall=wall)


def _time_on_grid(hour: int, minute: int) -> time:
    try:
        wanted = time(hour, minute)
    except ValueError:
        wanted = None
    if wanted is None or minute % (GRID // timedelta(minutes=1)):
        raise OffTheGrid(wanted=f"{hour:02}:{minute:02}")
    return wanted


def _require_within_reach(wall: datetime, zone: str, now: datetime) -> None:
    today = wall_at(now, zone)
    last = last_day(now, zone)
    if wall.date() < today.date():  # and so far back that no instant can be named, too
        raise InThePast(wanted=wall_said(wall, today.year))
    if wall.date() > last:
        until = wall_said(datetime.combine(last, time()), today.year).removesuffix(" at 00:00")
        raise BeyondTwelveMonths(wanted=wall_said(wall, today.year), last=until)


def last_day(now: datetime, zone: str) -> date:
    """Return the last day that can be booked: the same day 12 months ahead.

    From February 29 it is February 28.
    """
    today = wall_at(now, zone).date()
    try:
        return today.replace(year=today.year + 1)
    except ValueError:
        return today.replace(year=today.year + 1, day=28)


def _begin_at(wall: datetime, zone: str, now: datetime, fold: int | None) -> datetime:
    found = instants(wall, zone)
    if not found:
        raise does_not_exist(wall, zone, now)
    if fold is not None:
        found = (found[min(fold, len(found) - 1)],)
    ahead = [instant for instant in found if now < instant + GRID]
    if not ahead:
        raise InThePast(wanted=wall_said(wall, wall_at(now, zone).year))
    if len(ahead) > 1:
        raise is_ambiguous(wall, zone, now)
    return ahead[0]


def soonest(length: timedelta, now: datetime, zone: str, busy: Sequence[Busy]) -> Slot:
    """Return the first free slot from the running five-minute mark on, the grace of *soon* added.

    Raises:
        NothingFree: there is none in the next 12 months.
    """
    whole = up_to_grid(length) + SOON_GRACE
    begin = next(_free_begins(whole, mark_before(now), busy, last_day(now, zone), zone), None)
    if begin is None:
        raise NothingFree(minutes=whole // timedelta(minutes=1))
    return _slot(begin, whole, zone, soon=True)


def next_free(
    length: timedelta, after: datetime, zone: str, busy: Sequence[Busy], count: int = 3
) -> tuple[Slot, ...]:
    """Return up to `count` free slots from `after` on, half an hour apart or more."""
    whole = up_to_grid(length)
    begins = _free_begins(whole, mark_after(after), busy, last_day(after, zone), zone)
    return tuple(_slot(begin, whole, zone, soon=False) for begin in islice(begins, count))


def _free_begins(
    length: timedelta, earliest: datetime, busy: Sequence[Busy], last: date, zone: str
) -> Iterator[datetime]:
    begin = earliest
    while wall_at(begin, zone).date() <= last:
        obstacle = in_the_way(Interval(begin=begin, end=begin + length), busy)
        if obstacle is None:
            yield begin
            begin += OFFERS_APART
        else:
            begin = mark_after(obstacle.interval.end)


def _slot(begin: datetime, length: timedelta, zone: str, *, soon: bool) -> Slot:
    interval = Interval(begin=begin, end=begin + length)
    return Slot(interval=interval, zone=zone, wall=wall_at(begin, zone), soon=soon)


def in_the_way(interval: Interval, busy: Sequence[Busy]) -> Busy | None:
    """Return what takes a part of the interval, the first of several; None when it is free."""
    obstacles = [b for b in busy if b.interval.overlaps(interval)]
    return min(obstacles, key=lambda b: b.interval, default=None)


def fits(interval: Interval, busy: Sequence[Busy]) -> bool:
    """Tell whether nothing takes any part of the interval."""
    return in_the_way(interval, busy) is None


def require_free(slot: Slot, busy: Sequence[Busy], now: datetime) -> None:
    """Refuse a slot of which anything takes a part.

    Raises:
        SlotTaken: says what and who is in the way, when that ends, and the next free times.
    """
    obstacle = in_the_way(slot.interval, busy)
    if obstacle is not None:
        raise taken(slot, obstacle, busy, now)


def taken(slot: Slot, obstacle: Busy, busy: Sequence[Busy], now: datetime) -> SlotTaken:
    """Return the refusal of a slot: what is in the way, when it ends, the next free times."""
    others = next_free(slot.interval.length, obstacle.interval.end, slot.zone, (*busy, obstacle))
    return SlotTaken(
        wanted=slot.said(now),
        by=obstacle.said,
        ends=said(obstacle.interval.end, slot.zone, now),
        free=" · ".join(other.said(now) for other in others) or "none in the next 12 months",
        offered=[other.interval.begin.isoformat() for other in others],
    )


def learned_length(past: Sequence[timedelta], first_guess: timedelta) -> timedelta:
    """Return the length to book, on the grid: what nine of the last ten runs did not exceed.

    `past` is how long the organisation's own runs of this kind took, latest last. With fewer than
    ten of them it is the longest; with none, the first guess.
    """
    latest = sorted(past[-RUNS_LEARNED_FROM:])
    if not latest:
        return up_to_grid(first_guess)
    return up_to_grid(latest[math.ceil(len(latest) * 9 / 10) - 1])


def predicted_end(begun_at: datetime, length: timedelta, now: datetime) -> datetime:
    """Return the mark by which a running move should have ended; the next one when that is past."""
    return mark_after(max(begun_at + length, now + timedelta(microseconds=1)))


def up_to_grid(length: timedelta) -> timedelta:
    """Return the length rounded up to the grid, one step at least."""
    return max(GRID, -(-length // GRID) * GRID)


def mark_before(instant: datetime) -> datetime:
    """Return the running five-minute mark: the last at or before an instant, in UTC."""
    return _EPOCH + (instant - _EPOCH) // GRID * GRID


def mark_after(instant: datetime) -> datetime:
    """Return the first five-minute mark at or after an instant, in UTC."""
    return _EPOCH - (_EPOCH - instant) // GRID * GRID
