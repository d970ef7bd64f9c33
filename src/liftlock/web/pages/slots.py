"""Choosing a day and a time: the month, the day's 24 hours, and what is in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import Request, Response

from liftlock.domain import choices
from liftlock.domain.calendars import Calendar
from liftlock.domain.choices import Choice
from liftlock.domain.slots import Slot, SlotId
from liftlock.services.slots import At, Held, Soon
from liftlock.web.pages.frame import see_other
from liftlock.web.pages.security import Typed

HOURS, MINUTES, FOLDS = range(24), range(0, 60, 5), range(2)
SOON, LOOK = "soon", "look"
NO_HOLD = SlotId(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The day and time on a page, and the month beside it."""

    choice: Choice
    month: date


def in_query(request: Request) -> Typed:
    """Return what an address asks for."""
    return Typed(tuple(request.query_params.multi_items()))


def asked(given: Typed, calendar: Calendar, present: Slot | None) -> Asked:
    """Return what is chosen on a page; `present` is what was booked or held before.

    Raises: NoSuchDay, NoSuchMonth, NoSuchTime.
    """
    default = _default(calendar, present, given)
    choice = Choice(
        day=default.day,
        hour=choices.number_given(given.one("hour"), HOURS, default.hour),
        minute=choices.number_given(given.one("minute"), MINUTES, default.minute),
        fold=_fold(given.one("fold"), default.fold),
    )
    month = choices.month_given(given.one("month"), calendar.today)
    return Asked(choice=choice, month=month or choice.day)


def when(given: Typed, choice: Choice) -> At | Soon:
    """Return what a form wants booked."""
    if given.one("do") == SOON:
        return Soon()
    return At(day=choice.day, hour=choice.hour, minute=choice.minute, fold=choice.fold)


def seen_hold(given: Typed) -> Held:
    """Return the hold that the page showed: no other turns into the move."""
    number = given.one("hold")
    return Held(id=SlotId(int(number)) if number.isascii() and number.isdigit() else NO_HOLD)


def drawn(calendar: Calendar, wanted: Asked) -> Mapping[str, object]:
    """Return what the templates of a slot need: month, day, verdict, and what would be soonest."""
    verdict = choices.judge(calendar, wanted.choice)
    return {
        "calendar": calendar,
        "month": calendar.month(wanted.month, wanted.choice.day),
        "choice": wanted.choice,
        "strip": calendar.strip(wanted.choice.day, verdict.slot),
        "verdict": verdict,
        "picking": True,
        "soonest": choices.as_soon_as_possible(calendar),
    }


def look(request: Request, here: str, given: Typed) -> Response:
    """Show another day and time, by an address that says it."""
    said = {name: given.one(name) for name in ("month", "day", "hour", "minute") if given.has(name)}
    return see_other(request, f"{here}?{urlencode(said)}")


def _default(calendar: Calendar, present: Slot | None, given: Typed) -> Choice:
    day = choices.day_given(given.one("day"), calendar.today)
    if day is not None:
        return Choice(day=day)
    if present is None or present.interval.begin <= calendar.now:
        return Choice(day=choices.first_day(calendar))
    wall = present.wall
    return Choice(day=wall.date(), hour=wall.hour, minute=wall.minute)


def _fold(text: str, default: int | None) -> int | None:
    return choices.number_given(text, FOLDS, 0) if text else default
