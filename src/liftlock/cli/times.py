"""How commands take a time: `--at "2026-05-29 22:00"`, or `--soon`."""

from datetime import datetime
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from liftlock.errors import Invalid

At: TypeAlias = Annotated[str | None, Parameter(name="--at")]
"""`--at "2026-05-29 22:00"`: the platform's wall-clock time, on a five-minute mark."""
Soon: TypeAlias = Annotated[bool, Parameter(name="--soon", negative="")]
"""`--soon`: as soon as possible."""
Fold: TypeAlias = Annotated[int | None, Parameter(name="--fold")]
"""`--fold 0` or `--fold 1`: which of the two, for a time that exists twice when clocks go back."""


class TimeUnreadable(Invalid):
    """A time that is not written as a date and a time of day."""

    code = "time.unreadable"
    sentence = 'Cannot read the time {given}. Write it as "2026-05-29 22:00".'


class TimeMissing(Invalid):
    """A command needs a time and was given none, or two."""

    code = "time.missing"
    sentence = "Say when, in one way: --at with a date and time, or --soon."


def wall(given: str) -> str:
    """Return a wall-clock time as the API takes it. Raises: TimeUnreadable."""
    try:
        read = datetime.fromisoformat(given)
    except ValueError:
        raise TimeUnreadable(given=given) from None
    if read.tzinfo is not None:
        raise TimeUnreadable(given=given)
    return read.isoformat(timespec="minutes")


def wished(at: str | None, *, soon: bool, fold: int | None) -> dict[str, object]:
    """Return the wished time as the API takes it. Raises: TimeMissing, TimeUnreadable."""
    if (at is None) is not soon:
        raise TimeMissing
    if at is None:
        return {"soon": True}
    return {"wall": wall(at), "fold": fold}
