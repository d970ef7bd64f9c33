"""Slots over JSON: the calendar, and the one time that a person may hold."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.environments import Kind
from liftlock.domain.slots import Busy, Hold
from liftlock.domain.statuses import MoveKind
from liftlock.domain.wall_times import said
from liftlock.services import slots
from liftlock.web.api import wall_times
from liftlock.web.api.wall_times import SlotShown, TimeGiven
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import Given
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Key, Paging, instant

router = APIRouter(prefix="/slots", tags=["slots"], route_class=OnceRoute)


class HoldGiven(Given):
    """Which move the time is for, and when."""

    kind: MoveKind
    at: TimeGiven
    undone_in: Kind | None = None
    """Of an Undo: the environment whose move it takes back."""


class HoldShown(BaseModel):
    """A held time, and until when it is held."""

    scheduled_for: str
    slot: SlotShown
    until: datetime


class BusyShown(BaseModel):
    """An interval that cannot be booked; `what` is move, hold, maintenance or freeze."""

    begins: str
    """As people read it, in the calendar's zone."""
    ends: str
    what: str
    said: str
    begin: datetime
    end: datetime


class Calendar(BaseModel):
    """What cannot be booked from now on, earliest first, and the zone of its wall-clock times."""

    zone: str
    busy: list[BusyShown]


def shown(held: Hold, now: datetime) -> HoldShown:
    """Return what a caller sees of a hold."""
    slot = wall_times.shown(held.slot, now)
    return HoldShown(scheduled_for=slot.said, slot=slot, until=held.until)


def busy_shown(busy: Busy, zone: str, now: datetime) -> BusyShown:
    """Return what a caller sees of a time that cannot be booked."""
    return BusyShown(
        begins=said(busy.interval.begin, zone, now),
        ends=said(busy.interval.end, zone, now),
        what=busy.purpose or "freeze",
        said=busy.said,
        begin=busy.interval.begin,
        end=busy.interval.end,
    )


@router.get("", responses=PAGED)
def calendar(tx: Tx, who: Who, organisation: Of, page: Paging) -> Calendar:
    """Return what is booked, held or frozen from now on, earliest first."""
    found = page.cut(slots.calendar(tx, who, organisation.id), _order)
    zone = slots.zone(tx)
    return Calendar(zone=zone, busy=[busy_shown(busy, zone, tx.now) for busy in found])


def _order(busy: Busy) -> Key:
    interval = busy.interval
    return instant(interval.begin), instant(interval.end), busy.purpose or "", busy.said


@router.post("/hold", status_code=201)
def hold(tx: Tx, who: Who, organisation: Of, given: HoldGiven) -> HoldShown:
    """Hold a time for 30 minutes; it replaces the one that the person held."""
    held = slots.hold(
        tx, who, organisation.id, given.kind, given.at.when(), undone_in=given.undone_in
    )
    return shown(held, tx.now)


@router.delete("/hold", status_code=204)
def release(tx: Tx, who: Who) -> None:
    """Let go of the time that the caller holds."""
    slots.release(tx, who)
