"""How a request says when: a wall-clock time, as soon as possible, or the time held."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, NaiveDatetime

from liftlock.domain.slots import Interval, Slot
from liftlock.services.slots import At, Held, Soon, When


class AtWall(BaseModel):
    """A wall-clock time; `fold` says which of a time that the clocks show twice: 0 or 1."""

    model_config = ConfigDict(extra="forbid")

    wall: NaiveDatetime
    fold: Literal[0, 1] | None = None

    def when(self) -> At:
        """Return what the service takes."""
        return At(
            day=self.wall.date(), hour=self.wall.hour, minute=self.wall.minute, fold=self.fold
        )


class AsSoonAsPossible(BaseModel):
    """The first free interval from now on."""

    model_config = ConfigDict(extra="forbid")

    soon: Literal[True]

    def when(self) -> Soon:
        """Return what the service takes."""
        return Soon()


TimeGiven = AtWall | AsSoonAsPossible


def when(given: TimeGiven | None) -> When:
    """Return what the service takes; nothing given means the time that the person holds."""
    return Held() if given is None else given.when()


class SlotShown(BaseModel):
    """A booked time: what people read, and the interval in UTC."""

    said: str
    zone: str
    begin: datetime
    end: datetime
    soon: bool


def shown(slot: Slot, now: datetime) -> SlotShown:
    """Return what a caller sees of a slot."""
    interval: Interval = slot.interval
    return SlotShown(
        said=slot.said(now),
        zone=slot.zone,
        begin=interval.begin,
        end=interval.end,
        soon=slot.soon,
    )
