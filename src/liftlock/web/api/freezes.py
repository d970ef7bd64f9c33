"""Freezes over JSON: times at which nothing moves, and the overrides of single moves."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.environments import Kind
from liftlock.domain.freezes import FreezeId, Override
from liftlock.domain.moves import MoveId
from liftlock.domain.wall_times import said
from liftlock.services import freezes, slots
from liftlock.services.freezes import FreezeShown, FreezeWish, LaidOver
from liftlock.web.api.wall_times import Wall
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import Given, Line, Number, Words
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Key, Paging, instant

router = APIRouter(tags=["freezes"], route_class=OnceRoute)


class FreezeGiven(Given):
    """From when to when, in the platform's wall-clock time, and why; of what, where not of all."""

    begin: Wall
    end: Wall
    reason: Line
    environment: Kind | None = None
    weekly: bool = False


class OverrideGiven(Given):
    """Why a move may run all the same; the reason is kept."""

    reason: Words


class OverrideAnswer(BaseModel):
    """A person's word that a move may run in a freeze at the time that it is booked for."""

    freeze: int
    move: int
    reason: str
    by: int
    at: datetime


class MoveFrozen(BaseModel):
    """A booked move that a freeze is laid over; without an override it expires."""

    move: int
    kind: str
    status: str
    scheduled_for: str
    override: OverrideAnswer | None


class FreezeAnswer(BaseModel):
    """A freeze; `begin` and `end` are of the time that is under way or comes next."""

    id: int
    environment: Kind | None
    """None: all of the organisation's."""
    begins: str
    """As people read it, in the platform's zone."""
    ends: str
    begin: datetime
    end: datetime
    weekly: bool
    reason: str
    entered_by: str
    over: list[MoveFrozen]


def shown(found: FreezeShown, zone: str, now: datetime) -> FreezeAnswer:
    """Return what a caller sees of a freeze."""
    freeze = found.freeze
    interval = found.next or freeze.interval
    return FreezeAnswer(
        id=freeze.id,
        environment=found.environment,
        begins=said(interval.begin, zone, now),
        ends=said(interval.end, zone, now),
        begin=interval.begin,
        end=interval.end,
        weekly=freeze.weekly,
        reason=freeze.reason,
        entered_by=found.names.get(freeze.entered.by, f"person {freeze.entered.by}"),
        over=[_frozen(laid, now) for laid in found.over],
    )


@router.get("/freezes", responses=PAGED)
def list_freezes(tx: Tx, who: Who, organisation: Of, page: Paging) -> list[FreezeAnswer]:
    """Return the organisation's freezes that are not over, and the moves that they lie over."""
    zone = slots.zone(tx)
    found = page.cut(freezes.list_all(tx, who, organisation.id), _order)
    return [shown(each, zone, tx.now) for each in found]


def _order(found: FreezeShown) -> Key:
    return instant(found.freeze.interval.begin), found.freeze.id


@router.post("/freezes", status_code=201)
def enter(tx: Tx, who: Who, organisation: Of, given: FreezeGiven) -> FreezeAnswer:
    """Enter a freeze; `over` names the booked moves that expire without an override."""
    wish = FreezeWish(
        organisation=organisation.id,
        begin=given.begin,
        end=given.end,
        reason=given.reason,
        environment=given.environment,
        weekly=given.weekly,
    )
    return shown(freezes.enter(tx, who, wish), slots.zone(tx), tx.now)


@router.delete("/freezes/{freeze}")
def end(tx: Tx, who: Who, organisation: Of, freeze: Number) -> FreezeAnswer:
    """End a freeze, under way or to come."""
    ended = freezes.end(tx, who, organisation.id, FreezeId(freeze))
    return shown(ended, slots.zone(tx), tx.now)


@router.post("/moves/{move}/override", status_code=201)
def override(tx: Tx, who: Who, move: Number, given: OverrideGiven) -> list[OverrideAnswer]:
    """Let a booked move run in the freezes that lie over its time."""
    given_now = freezes.override(tx, who, MoveId(move), given.reason)
    return [_override(each) for each in given_now]


def _frozen(laid: LaidOver, now: datetime) -> MoveFrozen:
    return MoveFrozen(
        move=laid.move.id,
        kind=laid.move.kind.title,
        status=laid.move.status,
        scheduled_for=laid.move.slot.said(now),
        override=None if laid.override is None else _override(laid.override),
    )


def _override(given: Override) -> OverrideAnswer:
    return OverrideAnswer(
        freeze=given.freeze,
        move=given.move,
        reason=given.reason,
        by=given.entered.by,
        at=given.entered.at,
    )
