"""Wall-clock times of a zone: which instants they name, and how people read them. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liftlock.errors import Invalid

GRID = timedelta(minutes=5)
"""Slots begin on multiples of this."""

_LONGEST_GAP = timedelta(days=2)
"""The longest known is a whole day: Samoa crossed the date line at the end of 2011."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class UnknownZone(Invalid):
    """No time zone has this name."""

    code = "zone.unknown"
    sentence = "There is no time zone {zone}. Give a name such as Europe/Paris or UTC."


class TimeDoesNotExist(Invalid):
    """The clocks skip this time."""

    code = "slot.time_does_not_exist"
    sentence = (
        "{wanted} does not exist in {zone}: the clocks go forward then. "
        "The nearest times are {before} and {after}."
    )


class TimeIsAmbiguous(Invalid):
    """The clocks show this time twice."""

    code = "slot.time_is_ambiguous"
    sentence = (
        "{wanted} happens twice in {zone}: the clocks go back then. "
        "Say which: the first (fold 0, {first}) or the second (fold 1, {second})."
    )


def zone_named(zone: str) -> ZoneInfo:
    """Return the time zone of this name.

    Raises:
        UnknownZone: there is none.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(zone=zone) from None


def instants(wall: datetime, zone: str) -> tuple[datetime, ...]:
    """Return the UTC instants at which a clock of this zone shows this naive time, earliest first.

    None in the gap of spring, two in the double hour of autumn, else one.
    """
    place = zone_named(zone)
    both = {wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = wall.replace(fold=0)
    return tuple(sorted(i for i in both if wall_at(i, zone) == shown))


def wall_at(instant: datetime, zone: str) -> datetime:
    """Return what a clock of this zone shows at an instant: naive, and without `fold`."""
    return instant.astimezone(zone_named(zone)).replace(tzinfo=None, fold=0)


def nearest(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the last time before and the first after a time in a gap, in steps of the grid."""
    before = next(w for w in _steps(wall, -GRID) if instants(w, zone))
    after = next(w for w in _steps(wall, GRID) if instants(w, zone))
    return before, after


def _steps(wall: datetime, step: timedelta) -> Iterator[datetime]:
    return (wall + step * n for n in range(1, _LONGEST_GAP // GRID))


def does_not_exist(wall: datetime, zone: str, now: datetime) -> TimeDoesNotExist:
    """Return the refusal of a time in a gap; `offered` has the nearest ones as ISO texts."""
    around = nearest(wall, zone)
    year = wall_at(now, zone).year
    before, after = (wall_said(w, year) for w in around)
    return TimeDoesNotExist(
        wanted=wall_said(wall, year),
        zone=zone,
        before=before,
        after=after,
        offered=[w.isoformat(timespec="minutes") for w in around],
    )


def is_ambiguous(wall: datetime, zone: str, now: datetime) -> TimeIsAmbiguous:
    """Return the question which of the two is meant; `first` is fold 0, `second` fold 1."""
    first, second = (offset_said(i, zone) for i in instants(wall, zone))
    wanted = wall_said(wall, wall_at(now, zone).year)
    return TimeIsAmbiguous(wanted=wanted, zone=zone, first=first, second=second)


def said(instant: datetime, zone: str, now: datetime) -> str:
    """Return how people read an instant: *Friday, May 29 at 22:00*.

    The year is said when it is another than now's, the offset when the clocks show the time twice.
    """
    wall = wall_at(instant, zone)
    words = wall_said(wall, wall_at(now, zone).year)
    twice = len(instants(wall, zone)) > 1
    return f"{words} ({offset_said(instant, zone)})" if twice else words


def wall_said(wall: datetime, year: int) -> str:
    """Return how people read a wall time in this year: *Friday, May 29 at 22:00*."""
    day = f"{_DAYS[wall.weekday()]}, {_MONTHS[wall.month - 1]} {wall.day}"
    if wall.year != year:
        day = f"{day}, {wall.year}"
    return f"{day} at {wall.hour:02}:{wall.minute:02}"


def offset_said(instant: datetime, zone: str) -> str:
    """Return how far a clock of this zone is from UTC at an instant: *UTC+02:00*."""
    offset = instant.astimezone(zone_named(zone)).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"
