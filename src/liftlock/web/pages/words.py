"""How pages write times (of the platform's zone), lengths, sizes, names: the templates' filters."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from liftlock.domain.diagrams import waiting
from liftlock.domain.histories import Line
from liftlock.domain.moves import Move
from liftlock.domain.people import Person, Role
from liftlock.domain.statuses import WAITING
from liftlock.domain.wall_times import offset_said, said, wall_at

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024
SHORT_DIGEST = 12
_STAMP = Markup('<time datetime="{}">{}</time>')


def _zone(context: Context) -> str:
    return str(context["zone"])


def _now(context: Context) -> datetime:
    now = context["now"]
    if not isinstance(now, datetime):
        raise TypeError(now)
    return now


def _stamped(instant: datetime, words: str) -> Markup:
    return _STAMP.format(instant.isoformat(timespec="seconds"), words)


@pass_context
def when(context: Context, instant: datetime) -> Markup:
    """Write *Friday, May 29 at 22:00*, with the year when it is another."""
    return _stamped(instant, said(instant, _zone(context), _now(context)))


@pass_context
def plain_when(context: Context, instant: datetime) -> str:
    """Write the same as `when` where no element may stand: in an attribute."""
    return said(instant, _zone(context), _now(context))


@pass_context
def moment(context: Context, instant: datetime) -> Markup:
    """Write *May 29, 22:00*, with the year when it is another: for lists and asides."""
    wall, now = wall_at(instant, _zone(context)), wall_at(_now(context), _zone(context))
    year = "" if wall.year == now.year else f", {wall.year}"
    return _stamped(instant, f"{wall:%b} {wall.day}{year}, {wall:%H:%M}")


@pass_context
def clock(context: Context, instant: datetime) -> Markup:
    """Write *22:00*."""
    return _stamped(instant, f"{wall_at(instant, _zone(context)):%H:%M}")


@pass_context
def agenda_day(context: Context, instant: datetime) -> Markup:
    """Write the day as a list of bookings has it: the number over the month."""
    wall = wall_at(instant, _zone(context))
    form = Markup('<time class="agenda-day" datetime="{}"><b>{}</b>{}</time>')
    return form.format(instant.isoformat(timespec="seconds"), wall.day, f"{wall:%b}")


@pass_context
def exact(context: Context, instant: datetime) -> Markup:
    """Write *22:00:05*: for lines of a log."""
    return _stamped(instant, f"{wall_at(instant, _zone(context)):%H:%M:%S}")


@pass_context
def day(context: Context, instant: datetime | date) -> str:
    """Write *Friday, May 29*, with the year when it is another."""
    is_instant = isinstance(instant, datetime)
    wall = wall_at(instant, _zone(context)).date() if is_instant else instant
    this_year = wall_at(_now(context), _zone(context)).year
    year = "" if wall.year == this_year else f", {wall.year}"
    return f"{wall:%A}, {wall:%B} {wall.day}{year}"


@pass_context
def offset(context: Context, instant: datetime) -> str:
    """Write the zone and how far it is from UTC at this instant: *Europe/Paris (UTC+02:00)*."""
    zone = _zone(context)
    return zone if zone == "UTC" else f"{zone} ({offset_said(instant, zone)})"


@pass_context
def ago(context: Context, instant: datetime) -> str:
    """Write how long it is past: *just now*, *3 min ago*, *yesterday*; *in 3 min* to come."""
    past = _now(context) - instant
    if abs(past) < timedelta(seconds=1):
        return "just now"
    if past < timedelta():
        return f"in {duration(-past)}"
    if past < timedelta(days=1):
        return f"{duration(past)} ago"
    days = (
        wall_at(_now(context), _zone(context)).date() - wall_at(instant, _zone(context)).date()
    ).days
    return "yesterday" if days == 1 else f"{days} days ago"


def duration(length: timedelta) -> str:
    """Write *2 h 05 min*, *3 min*, *40 s*, *under 1 s*."""
    seconds = round(length.total_seconds())
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min"
    return f"{rest} s" if rest else "under 1 s"


def standing(move: Move | Line) -> str:
    """Name the state of a move as its colour, icon and words have it: its arrow while it waits."""
    if move.state not in WAITING:
        return move.state.value
    return waiting(move.kind, move.state, is_stale=move.is_stale).value


def size(count: int) -> str:
    """Write bytes so that people can compare them: *38.2 GiB*."""
    amount, unit = float(count), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{count} bytes" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"


def count(number: int) -> str:
    """Write *12,000*."""
    return f"{number:,}"


def digest(whole: str) -> str:
    """Write the first letters of a digest, without the name of its algorithm."""
    return whole.removeprefix("sha256:")[:SHORT_DIGEST]


def sentence(words: str) -> str:
    """Write words with a capital first, all others as they are."""
    return words[:1].upper() + words[1:]


def initials(name: str) -> str:
    """Write up to two letters that stand for a name."""
    words = name.split()
    letters = (words[0][:1] + words[-1][:1]) if len(words) > 1 else name.strip()[:1]
    return letters.upper() or "?"


def roles(person: Person) -> str:
    """Write what a person is: *Delegated Administrator, Auditor*."""
    return ", ".join(ROLES[role] for role in Role if role in person.roles) or "No role yet"


def browser(agent: str) -> str:
    """Write which browser a user agent stands for, and on what: *Firefox on Windows*."""
    name = next((said for mark, said in BROWSERS if mark in agent), "Another program")
    system = next((said for mark, said in SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if system else name


def _said_many(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


ROLES: Mapping[Role, str] = {
    Role.OPERATOR: "Platform operator",
    Role.ADMINISTRATOR: "Delegated Administrator",
    Role.AUDITOR: "Auditor",
    Role.PUBLISHER: "Module publisher",
    Role.PREVIEWER: "Sees Production's values",
}
"""What people read a role as."""

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Chrome/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""What stands in a user agent, and what people call it; the first that fits."""

FILTERS: Mapping[str, object] = {
    "when": when,
    "plain_when": plain_when,
    "moment": moment,
    "clock": clock,
    "exact": exact,
    "agenda_day": agenda_day,
    "day": day,
    "offset": offset,
    "ago": ago,
    "duration": duration,
    "standing": standing,
    "size": size,
    "count": count,
    "digest": digest,
    "sentence": sentence,
    "initials": initials,
    "roles": roles,
    "browser": browser,
    "many": _said_many,
}
