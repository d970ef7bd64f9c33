"""How commands take a time: `--at "2026-05-29 22:00"`, or `--soon`."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from liftlock.errors import Invalid

At: TypeAlias = Annotated[
    str | None,
    Parameter(help='When, in the platform\'s wall-clock time: "2026-05-29 22:00", in steps of 5.'),
]
Soon: TypeAlias = Annotated[bool, Parameter(help="As soon as possible.")]
Fold: TypeAlias = Annotated[
    Literal[0, 1] | None,
    Parameter(help="Of a time that exists twice when clocks go back: the first (0), second (1)."),
]


class TimeUnreadable(Invalid):
    """A time that is not written as a date and a time of day."""

    code = "time.unreadable"
    sentence = 'Cannot read the time {given}. Write it as "2026-05-29 22:00".'


class TimeMissing(Invalid):
    """A command needs a time and was given none, or two."""

    code = "time.missing"
    sentence = "Say when, in one way: --at with a date and time, or --soon."


def wall(given: str, fold: int | None = None) -> dict[str, object]:
    """Return a wall-clock time as the API takes it. Raises: TimeUnreadable."""
    try:
        read = datetime.fromisoformat(given)
    except ValueError:
        raise TimeUnreadable(given=given) from None
    if read.tzinfo is not None or ":" not in given:
        raise TimeUnreadable(given=given)
    return {"wall": read.isoformat(), "fold": fold}


def wished(at: str | None, *, soon: bool, fold: int | None) -> dict[str, object]:
    """Return the wished time as the API takes it. Raises: TimeMissing, TimeUnreadable."""
    if (at is None) is not soon:
        raise TimeMissing
    return {"soon": True} if at is None else wall(at, fold)
