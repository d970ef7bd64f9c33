"""How a request says when: a wall-clock time, as soon as possible, or the time held."""

from datetime import datetime
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, NaiveDatetime, model_validator

from liftlock.domain.slots import OffTheGrid, Slot
from liftlock.services.slots import At, Held, Soon, When
from liftlock.web.fields import Given, with_examples


def _written(given: object) -> object:
    if not isinstance(given, str):
        said = "must be written as in 2026-05-29T22:00"
        raise ValueError(said)  # noqa: TRY004  a ValueError is what becomes a refusal
    return given


Wall: TypeAlias = Annotated[NaiveDatetime, BeforeValidator(_written)]
"""A wall-clock time, as in 2026-05-29T22:00."""


class AtWall(Given):
    """A wall-clock time; `fold` says which of a time that the clocks show twice: 0 or 1."""

    wall: Wall
    fold: Literal[0, 1] | None = None

    def when(self) -> At:
        """Return what the service takes. Raises: OffTheGrid."""
        return _at(self.wall, self.fold)


class TimeGiven(Given):
    """A wall-clock time (`wall`, with `fold` where the clocks show it twice), or `soon`."""

    model_config = with_examples({"wall": "2030-05-29T22:00"}, {"soon": True})

    wall: Wall | None = None
    fold: Literal[0, 1] | None = None
    soon: bool = False

    @model_validator(mode="after")
    def in_one_way(self) -> Self:
        """Refuse a time that is said in no way, or in two."""
        if (self.wall is None) is not self.soon:
            said = "say when in one way: wall, or soon"
            raise ValueError(said)
        return self

    def when(self) -> At | Soon:
        """Return what the service takes. Raises: OffTheGrid."""
        return Soon() if self.wall is None else _at(self.wall, self.fold)


def _at(wall: datetime, fold: int | None) -> At:
    if wall.second or wall.microsecond:
        raise OffTheGrid(wanted=wall.time().isoformat())
    return At(day=wall.date(), hour=wall.hour, minute=wall.minute, fold=fold)


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
    return SlotShown(
        said=slot.said(now),
        zone=slot.zone,
        begin=slot.interval.begin,
        end=slot.interval.end,
        soon=slot.soon,
    )
