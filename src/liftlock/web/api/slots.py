"""Slots over JSON: the calendar, and the one time that a person may hold."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from liftlock.domain.slots import Hold
from liftlock.domain.statuses import MoveKind
from liftlock.services import slots
from liftlock.web.api import times
from liftlock.web.api.times import SlotShown, TimeGiven
from liftlock.web.edge import Of, Tx, Who

router = APIRouter(prefix="/slots", tags=["slots"])


class HoldGiven(BaseModel):
    """Which move the time is for, and when."""

    model_config = ConfigDict(extra="forbid")

    kind: MoveKind
    at: TimeGiven


class HoldShown(BaseModel):
    """A held time, and until when it is held."""

    scheduled_for: str
    slot: SlotShown
    until: datetime


class BusyShown(BaseModel):
    """An interval that cannot be booked; `what` is move, hold, maintenance or freeze."""

    begin: datetime
    end: datetime
    what: str
    said: str


def shown(held: Hold, now: datetime) -> HoldShown:
    """Return what a caller sees of a hold."""
    slot = times.shown(held.slot, now)
    return HoldShown(scheduled_for=slot.said, slot=slot, until=held.until)


@router.get("")
def calendar(tx: Tx, who: Who, organisation: Of) -> list[BusyShown]:
    """Return what is booked, held or frozen from now on, earliest first."""
    return [
        BusyShown(
            begin=busy.interval.begin,
            end=busy.interval.end,
            what=busy.purpose or "freeze",
            said=busy.said,
        )
        for busy in slots.calendar(tx, who, organisation.id)
    ]


@router.post("/hold", status_code=201)
def hold(tx: Tx, who: Who, organisation: Of, given: HoldGiven) -> HoldShown:
    """Hold a time for 30 minutes; it replaces the one that the person held."""
    return shown(slots.hold(tx, who, organisation.id, given.kind, given.at.when()), tx.now)


@router.delete("/hold", status_code=204)
def release(tx: Tx, who: Who) -> None:
    """Let go of the time that the caller holds."""
    slots.release(tx, who)
