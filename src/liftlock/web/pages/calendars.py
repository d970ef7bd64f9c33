"""The organisation's calendar; maintenance and freezes are entered there by those who may."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from fastapi import APIRouter, Response

from liftlock.domain import choices
from liftlock.domain.calendars import Calendar
from liftlock.domain.choices import DEFAULT_HOUR, Choice, NoSuchDay, Offer
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.freezes import FreezeId
from liftlock.domain.slots import SlotId
from liftlock.domain.wall_times import is_ambiguous
from liftlock.errors import LiftlockError
from liftlock.identity.who_may import Action
from liftlock.services import calendars, environments, freezes, people, slots
from liftlock.services.freezes import FreezeShown, FreezeWish
from liftlock.services.slots import At
from liftlock.web.fields import Number
from liftlock.web.pages.consoles import Errand, Visit, Visiting
from liftlock.web.pages.security import Posted, Typed
from liftlock.web.pages.slots import FOLDS, HOURS, MINUTES, in_query

router = APIRouter(prefix="/calendar")

FROM, TO = "from", "to"
MAINTENANCE_HOURS = range(1, 7 * 24 + 1)
EVERYTHING = "all"


@router.get("")
def calendar(visit: Visiting) -> Response:
    """Show a month, what is in the way of moves, and forms for those who may enter more."""
    return _shown(visit)


@router.post("/maintenance")
def book_maintenance(visit: Visiting, given: Posted) -> Response:
    """Book a time of work on an environment; nothing moves meanwhile."""
    time_offered = in_query(visit.request)  # one that was free instead of what is in the form
    errand = Errand(
        act=lambda: _book(visit, Typed((*time_offered, *given))),
        following="/calendar",
        again=lambda refusal: _shown(visit, refusal, "maintenance"),
    )
    return visit.do(given, errand)


@router.post("/maintenance/{maintenance}/cancel")
def cancel_maintenance(visit: Visiting, maintenance: Number, given: Posted) -> Response:
    """Give the time of a maintenance booking back."""
    id_ = SlotId(maintenance)
    errand = Errand(
        act=lambda: slots.cancel_maintenance(visit.tx, visit.who, visit.of.id, id_),
        following="/calendar",
        said="The maintenance is canceled. Its time is free again.",
        again=lambda refusal: _shown(visit, refusal),
    )
    return visit.do(given, errand)


@router.post("/freezes")
def enter_freeze(visit: Visiting, given: Posted) -> Response:
    """Enter a freeze; which booked moves it is laid over is said."""
    errand = Errand(
        act=lambda: _entered_said(_enter(visit, given)),
        following="/calendar",
        again=lambda refusal: _shown(visit, refusal, "freeze"),
    )
    return visit.do(given, errand)


@router.post("/freezes/{freeze}/end")
def end_freeze(visit: Visiting, freeze: Number, given: Posted) -> Response:
    """End a freeze, under way or to come."""
    errand = Errand(
        act=lambda: freezes.end(visit.tx, visit.who, visit.of.id, FreezeId(freeze)),
        following="/calendar",
        said="The freeze is ended.",
        again=lambda refusal: _shown(visit, refusal),
    )
    return visit.do(given, errand)


def _shown(visit: Visit, refusal: LiftlockError | None = None, form: str = "") -> Response:
    """Return the page; `form` is the one that was refused, which shows why."""
    found = calendars.of_organisation(visit.tx, visit.who, visit.of.id)
    asked = in_query(visit.request)
    day = choices.day_given(asked.one("day"), found.today) or found.today
    month = choices.month_given(asked.one("month"), found.today) or day
    maintenance = slots.list_maintenance(visit.tx, visit.who, visit.of.id)
    return visit.drawn(
        "calendars/page.html",
        refusal,
        form=form or _form_of(visit.signed.typed),
        twice=_shown_twice(visit.signed.typed, found),
        instead=choices.instead(found, refusal),
        month=found.month(month, day),
        choice=Choice(day=day),
        strip=found.strip(day, None),
        here="/calendar",
        picking=False,
        maintenance=maintenance,
        names=people.names_of(visit.tx, {each.by for each in maintenance}),
        kinds={each.id: each.kind for each in visit.signed.environments},
        freezes=freezes.list_all(visit.tx, visit.who, visit.of.id),
        books_for=_allowed(visit, Action.BOOK_MAINTENANCE),
        freezes_for=_allowed(visit, Action.ENTER_FREEZE),
        overrides_for=_allowed(visit, Action.OVERRIDE_FREEZE),
        freezes_all=visit.signed.may(Action.ENTER_FREEZE),
        last=found.last_day,
    )


def _form_of(typed: Typed) -> str:
    """Return which form comes back filled, after a session that had ended."""
    if typed.has("to_day"):
        return "freeze"
    return "maintenance" if typed.has("hours") else ""


def _allowed(visit: Visit, action: Action) -> tuple[Environment, ...]:
    """Return the environments for which this person may do something."""
    return tuple(each for each in visit.signed.environments if visit.signed.may(action, each))


def _book(visit: Visit, given: Typed) -> str:
    found = calendars.of_organisation(visit.tx, visit.who, visit.of.id)
    environment = environments.of_kind(visit.tx, visit.of.id, _kind(given))
    wall, fold = _wall(given, FROM, found), _fold(given, FROM, found)
    hours = choices.number_given(given.one("hours"), MAINTENANCE_HOURS, 1)
    booked = slots.book_maintenance(
        visit.tx,
        visit.who,
        environment.id,
        At(day=wall.date(), hour=wall.hour, minute=wall.minute, fold=fold),
        length=timedelta(hours=hours),
        reason=given.line("reason"),
    )
    when = booked.slot.said(visit.tx.now)
    return f"Maintenance of {environment.kind.title} is booked for {when}. Nothing moves meanwhile."


def _enter(visit: Visit, given: Typed) -> FreezeShown:
    found = calendars.of_organisation(visit.tx, visit.who, visit.of.id)
    wish = FreezeWish(
        organisation=visit.of.id,
        begin=_wall(given, FROM, found),
        begin_fold=_fold(given, FROM, found),
        end=_wall(given, TO, found),
        end_fold=_fold(given, TO, found),
        reason=given.line("reason"),
        environment=None if given.one("environment") == EVERYTHING else _kind(given),
        weekly=given.has("weekly"),
    )
    return freezes.enter(visit.tx, visit.who, wish)


def _entered_said(entered: FreezeShown) -> str:
    over = ", ".join(f"{each.move.kind.title} {each.move.id}" for each in entered.over)
    if not over:
        return "The freeze is entered. No booked move is stopped by it."
    return f"The freeze is entered. It lies over {over}: without an override, that expires."


def _kind(given: Typed) -> Kind:
    return choices.environment_given(given.one("environment"))


def _wall(given: Typed, which: str, found: Calendar) -> datetime:
    """Return the time of a form's day, hour and minute. Raises: NoSuchDay, NoSuchTime."""
    day = choices.day_given(given.one(f"{which}_day"), found.today)
    if day is None:
        raise NoSuchDay(given="Nothing", example=found.today.isoformat())
    hour = choices.number_given(given.one(f"{which}_hour"), HOURS, DEFAULT_HOUR)
    minute = choices.number_given(given.one(f"{which}_minute"), MINUTES, 0)
    return datetime.combine(day, time(hour, minute))


def _fold(given: Typed, which: str, found: Calendar) -> int | None:
    """Return which one is meant of a time that the clocks show twice. Raises: TimeIsAmbiguous."""
    wall = _wall(given, which, found)
    if not choices.twice(found, wall):
        return None
    said = given.one(f"{which}_fold")
    if not said:
        raise is_ambiguous(wall, found.zone, found.now)
    return choices.number_given(said, FOLDS, 0)


def _shown_twice(typed: Typed, found: Calendar) -> Mapping[str, tuple[Offer, ...]]:
    """Return which times of a form that comes back the clocks show twice, and the two of each."""
    twice: dict[str, tuple[Offer, ...]] = {}
    for which in (FROM, TO):
        try:
            twice[which] = choices.twice(found, _wall(typed, which, found))
        except LiftlockError:  # said where the form was refused
            twice[which] = ()
    return twice
