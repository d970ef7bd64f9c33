"""Maintenance over JSON."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from liftlock.domain.environments import Kind
from liftlock.domain.maintenance import Maintenance
from liftlock.domain.slots import SlotId
from liftlock.services import environments, slots
from liftlock.web.api import wall_times
from liftlock.web.api.wall_times import AtWall, SlotShown
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import Given, Line, Number
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging, instant

router = APIRouter(prefix="/maintenance", tags=["maintenance"], route_class=OnceRoute)


class MaintenanceGiven(Given):
    """Which environment, when, for how long, and what for."""

    environment: Kind
    at: AtWall
    minutes: Annotated[int, Field(ge=5, le=7 * 24 * 60)]
    reason: Line


class MaintenanceShown(BaseModel):
    """A booked time of work."""

    id: SlotId
    scheduled_for: str
    slot: SlotShown
    reason: str


def shown(booked: Maintenance, now: datetime) -> MaintenanceShown:
    """Return what a caller sees of a time of work."""
    slot = wall_times.shown(booked.slot, now)
    return MaintenanceShown(id=booked.id, scheduled_for=slot.said, slot=slot, reason=booked.reason)


@router.get("", responses=PAGED)
def list_maintenance(tx: Tx, who: Who, organisation: Of, page: Paging) -> list[MaintenanceShown]:
    """Return the organisation's times of work from now on, earliest first."""
    every = slots.list_maintenance(tx, who, organisation.id)
    found = page.cut(every, lambda booked: (instant(booked.slot.interval.begin), booked.id))
    return [shown(booked, tx.now) for booked in found]


@router.post("", status_code=201)
def book(tx: Tx, who: Who, organisation: Of, given: MaintenanceGiven) -> MaintenanceShown:
    """Book a time of work on an environment; nothing moves meanwhile."""
    environment = environments.of_kind(tx, organisation.id, given.environment)
    length = timedelta(minutes=given.minutes)
    booked = slots.book_maintenance(
        tx, who, environment.id, given.at.when(), length=length, reason=given.reason
    )
    return shown(booked, tx.now)


@router.delete("/{maintenance}", status_code=204)
def cancel(tx: Tx, who: Who, organisation: Of, maintenance: Number) -> None:
    """Give the time free again."""
    slots.cancel_maintenance(tx, who, organisation.id, SlotId(maintenance))
