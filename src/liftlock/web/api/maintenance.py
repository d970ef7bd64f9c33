"""Maintenance over JSON."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from liftlock.domain.environments import Kind
from liftlock.domain.slots import SlotId
from liftlock.services import environments, slots
from liftlock.web.api import times
from liftlock.web.api.times import AtWall, SlotShown
from liftlock.web.edge import Of, Tx, Who

router = APIRouter(prefix="/maintenance", tags=["maintenance"])


class MaintenanceGiven(BaseModel):
    """Which environment, when, for how long, and what for."""

    model_config = ConfigDict(extra="forbid")

    environment: Kind
    at: AtWall
    minutes: Annotated[int, Field(ge=5, le=7 * 24 * 60)]
    reason: str


class MaintenanceShown(BaseModel):
    """A booked time of work."""

    id: SlotId
    scheduled_for: str
    slot: SlotShown
    reason: str


@router.post("", status_code=201)
def book(tx: Tx, who: Who, organisation: Of, given: MaintenanceGiven) -> MaintenanceShown:
    """Book a time of work on an environment; nothing moves meanwhile."""
    environment = environments.of_kind(tx, organisation.id, given.environment)
    length = timedelta(minutes=given.minutes)
    booked = slots.book_maintenance(
        tx, who, environment.id, given.at.when(), length=length, reason=given.reason
    )
    slot = times.shown(booked.slot, tx.now)
    return MaintenanceShown(id=booked.id, scheduled_for=slot.said, slot=slot, reason=booked.reason)


@router.delete("/{maintenance}", status_code=204)
def cancel(tx: Tx, who: Who, organisation: Of, maintenance: int) -> None:
    """Give the time free again."""
    slots.cancel_maintenance(tx, who, organisation.id, SlotId(maintenance))
