"""Choices: the day and time that somebody chooses, and whether they can be booked. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from liftlock.domain.calendars import Calendar
from liftlock.domain.environments import EnvironmentNotFound, Kind
from liftlock.domain.slots import (
    BeyondTwelveMonths,
    InThePast,
    NothingFree,
    Slot,
    SlotTaken,
    at_wall,
    fits,
    next_free,
    require_free,
    soonest,
    up_to_grid,
)
from liftlock.domain.wall_times import (
    TimeDoesNotExist,
    TimeIsAmbiguous,
    instants,
    nearest,
    offset_said,
    said,
    wall_at,
)
from liftlock.errors import Invalid, LiftlockError

DEFAULT_HOUR = 9
"""The hour that is shown before anybody has chosen one; the minute is 00."""
DAYS_LOOKED_AT = 60


class NoSuchDay(Invalid):
    """A text that names no day."""

    code = "calendar.no_such_day"
    sentence = "{given} is not a day. A day is written as in {example}. Choose one in the calendar."


class NoSuchMonth(Invalid):
    """A text that names no month."""

    code = "calendar.no_such_month"
    sentence = "{given} is not a month. A month is written as in {example}. Choose one in the list."


class NoSuchTime(Invalid):
    """A text that names no hour, or no minute that can be booked."""

    code = "calendar.no_such_time"
    sentence = (
        "{given} is not a time that can be booked: hours go from 00 to 23, minutes from 00 to 55 "
        "in steps of 5. Choose it with the two lists."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A time that could be chosen instead."""

    day: date
    hour: int
    minute: int
    fold: int | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a chosen time can be booked; when not, why, and what could be instead."""

    slot: Slot | None
    """What would be booked; None when there is no such time."""
    refusal: LiftlockError | None
    offers: tuple[Offer, ...]
    title: str = ""
    """The refusal in a few words."""
    said: str = ""
    """What is in the way, or wrong, without the offers."""
    is_question: bool = False
    """The time exists twice, and one of the two is to be chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The day and time that a page shows as chosen."""

    day: date
    hour: int = DEFAULT_HOUR
    minute: int = 0
    fold: int | None = None


def judge(calendar: Calendar, choice: Choice) -> Verdict:
    """Return whether a time can be booked."""
    try:
        slot = _slot(calendar, choice)
    except LiftlockError as refusal:
        return _no_such_time(calendar, choice, refusal)
    try:
        require_free(slot, calendar.busy, calendar.now)
    except SlotTaken as refusal:
        return _taken(calendar, slot, refusal)
    return Verdict(slot=slot, refusal=None, offers=())


def as_soon_as_possible(calendar: Calendar) -> Slot | None:
    """Return what *as soon as possible* would book now; None when nothing is free."""
    try:
        return soonest(calendar.length, calendar.now, calendar.zone, calendar.busy)
    except NothingFree:
        return None


def first_day(calendar: Calendar) -> date:
    """Return the first day from tomorrow on where the default time is free; else tomorrow."""
    tomorrow = calendar.today + timedelta(days=1)
    ahead = (tomorrow + timedelta(days=n) for n in range(DAYS_LOOKED_AT))
    return next((day for day in ahead if _is_free(calendar, Choice(day=day))), tomorrow)


def _is_free(calendar: Calendar, choice: Choice) -> bool:
    try:
        return fits(_slot(calendar, choice).interval, calendar.busy)
    except LiftlockError:
        return False


def _slot(calendar: Calendar, choice: Choice) -> Slot:
    return at_wall(
        choice.day,
        choice.hour,
        choice.minute,
        zone=calendar.zone,
        length=calendar.length,
        now=calendar.now,
        fold=choice.fold,
    )


def _no_such_time(calendar: Calendar, choice: Choice, refusal: LiftlockError) -> Verdict:
    match refusal:
        case TimeDoesNotExist():
            wall = datetime.combine(choice.day, time(choice.hour, choice.minute))
            around = (
                _offer(calendar, instants(w, calendar.zone)[0])
                for w in nearest(wall, calendar.zone)
            )
            return _refused(refusal, f"{wall:%H:%M} does not exist on this day", *around)
        case TimeIsAmbiguous():
            return _which(calendar, choice, refusal)
        case InThePast():
            return _refused(refusal, "This time is past", *_next(calendar, calendar.now))
        case BeyondTwelveMonths():
            return _refused(refusal, "Too far ahead", *_next(calendar, calendar.now))
        case _:
            return _refused(refusal, "That is not a time that can be booked")


def twice(calendar: Calendar, wall: datetime) -> tuple[Offer, ...]:
    """Return the first and the second of a time that the clocks show twice; of any other, none."""
    found = instants(wall, calendar.zone)
    if len(found) == 1:
        return ()
    return tuple(
        Offer(
            day=wall.date(),
            hour=wall.hour,
            minute=wall.minute,
            fold=fold,
            said=f"{which} {wall:%H:%M} ({offset_said(instant, calendar.zone)})",
        )
        for fold, (which, instant) in enumerate(zip(("First", "Second"), found, strict=False))
    )


def instead(calendar: Calendar, refusal: LiftlockError | None) -> tuple[Offer, ...]:
    """Return the free times that the refusal of a taken one offers."""
    offered = refusal.fields.get("offered") if isinstance(refusal, SlotTaken) else None
    free = offered if isinstance(offered, list) else []
    return tuple(_offer(calendar, datetime.fromisoformat(instant)) for instant in free)


def _which(calendar: Calendar, choice: Choice, refusal: LiftlockError) -> Verdict:
    wall = datetime.combine(choice.day, time(choice.hour, choice.minute))
    offers = twice(calendar, wall)
    title = f"{wall:%H:%M} exists twice on this day"
    what = f"The clocks in {calendar.zone} go back then, so they show this time twice."
    return Verdict(
        slot=None, refusal=refusal, offers=offers, title=title, said=what, is_question=True
    )


def _taken(calendar: Calendar, slot: Slot, refusal: SlotTaken) -> Verdict:
    frozen = [b for b in calendar.busy if b.purpose is None]
    title = "This time is taken" if fits(slot.interval, frozen) else "This time is frozen"
    what = "{wanted} is not free: {by}, until {ends}.".format(**refusal.fields)
    offers = _next(calendar, slot.interval.begin)
    return Verdict(slot=slot, refusal=refusal, offers=offers, title=title, said=what)


def _next(calendar: Calendar, after: datetime) -> tuple[Offer, ...]:
    length = up_to_grid(calendar.length)
    free = next_free(length, max(after, calendar.now), calendar.zone, calendar.busy)
    return tuple(_offer(calendar, slot.interval.begin) for slot in free)


def _offer(calendar: Calendar, instant: datetime) -> Offer:
    wall = wall_at(instant, calendar.zone)
    twice = instants(wall, calendar.zone)
    return Offer(
        day=wall.date(),
        hour=wall.hour,
        minute=wall.minute,
        fold=twice.index(instant.astimezone(UTC)) if len(twice) > 1 else None,
        said=said(instant, calendar.zone, calendar.now),
    )


def _refused(refusal: LiftlockError, title: str, *offers: Offer) -> Verdict:
    return Verdict(slot=None, refusal=refusal, offers=offers, title=title, said=str(refusal))


def day_given(text: str, today: date) -> date | None:
    """Return the day that a text names; None when there is no text.

    Raises:
        NoSuchDay: it names none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NoSuchDay(given=text, example=today.isoformat()) from None


def month_given(text: str, today: date) -> date | None:
    """Return the first day of the month that a text names; None when there is no text.

    Raises:
        NoSuchMonth: it names none.
    """
    try:
        return date.fromisoformat(f"{text}-01") if text else None
    except ValueError:
        raise NoSuchMonth(given=text, example=f"{today:%Y-%m}") from None


def environment_given(text: str) -> Kind:
    """Return the environment that a text names.

    Raises:
        EnvironmentNotFound: it names none.
    """
    found = next((kind for kind in Kind if kind.value == text), None)
    if found is None:
        raise EnvironmentNotFound(environment=text or "without a name")
    return found


def number_given(text: str, allowed: range, default: int) -> int:
    """Return the hour or minute that a text names; the default when there is no text.

    Raises:
        NoSuchTime: it names none that can be booked.
    """
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) not in allowed:
        raise NoSuchTime(given=text)
    return int(text)
