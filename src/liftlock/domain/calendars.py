"""Calendars: a month of days and one day's 24 hours, with what is booked, held or frozen. Pure."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from liftlock.domain.slots import (
    Busy,
    Interval,
    Slot,
    last_day,
)
from liftlock.domain.wall_times import (
    instants,
    nearest,
    said,
    wall_at,
    wall_said,
)

MONTHS_AHEAD = 12
MINUTES_A_DAY = 24 * 60
NARROWEST = 8
"""So many minutes wide at least is a block of the 24 hours drawn, to be seen at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that a day cannot be used for, as that day shows it."""

    kind: str
    """`move`, `hold`, `maintenance` or `freeze`."""
    title: str
    """What and who, with a capital letter."""
    begins: str
    """When it begins, short: *09:00*; *…* when on an earlier day."""
    lasts: str
    """When it begins and ends, whole."""
    x: int
    """Where it begins in the day, in minutes of its clock."""
    width: int
    """How much of the day it takes, in minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One cell of a month."""

    date: date
    inside: bool
    """Whether it belongs to the month; the others only fill the weeks."""
    today: bool
    chosen: bool
    own: str
    """The hour of the move whose date is being modified, when it is on this day."""
    why: str
    """Why it cannot be chosen: `past`, `far`, `frozen`; empty when it can."""
    entries: tuple[Entry, ...]
    said: str
    """What a screen reader says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month as weeks of seven days, Monday first."""

    first: date
    weeks: tuple[tuple[Day, ...], ...]
    previous: date | None
    following: date | None
    all_months: tuple[date, ...]
    """The months that can be shown: from this one up to the same one 12 months ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The 24 hours of a day, in minutes of its clock, and what the chosen time would take."""

    entries: tuple[Entry, ...]
    past: int
    """How much of the day is over."""
    x: int | None
    """Where the chosen time begins; None when there is no such time."""
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What is booked in an organisation, and how long the move takes that is being scheduled."""

    zone: str
    now: datetime
    busy: tuple[Busy, ...]
    length: timedelta
    own: Slot | None = None
    """The slot of the move whose date is being modified; it does not stand in its own way."""

    @property
    def today(self) -> date:
        """Return the platform's day."""
        return wall_at(self.now, self.zone).date()

    @property
    def last_day(self) -> date:
        """Return the last day that can be booked: the same day 12 months ahead."""
        return last_day(self.now, self.zone)

    def month(self, first: date, chosen: date | None = None) -> Month:
        """Return the month that begins on `first`, brought into what can be shown."""
        earliest = self.today.replace(day=1)
        months = tuple(_months_later(earliest, n) for n in range(MONTHS_AHEAD + 1))
        shown = min(max(first.replace(day=1), months[0]), months[-1])
        weeks = calendar.Calendar().monthdatescalendar(shown.year, shown.month)
        return Month(
            first=shown,
            weeks=tuple(tuple(self._day(d, shown, chosen) for d in week) for week in weeks),
            previous=_months_later(shown, -1) if shown > months[0] else None,
            following=_months_later(shown, 1) if shown < months[-1] else None,
            all_months=months,
        )

    def strip(self, day: date, slot: Slot | None) -> Strip:
        """Return the hours of a day, and of what a slot takes of it."""
        is_past = MINUTES_A_DAY if day < self.today else 0
        in_reach = slot is not None and not self._out_of_reach(day)
        own = self._part_of(day, slot.interval) if slot and in_reach else None
        return Strip(
            entries=self.entries(day),
            past=self._minute(day, self.now) if day == self.today else is_past,
            x=own[0] if own else None,
            width=own[1] if own else 0,
        )

    def entries(self, day: date) -> tuple[Entry, ...]:
        """Return what takes a part of a day, earliest first."""
        if self._out_of_reach(day):
            return ()
        found = ((busy, self._part_of(day, busy.interval)) for busy in self.busy)
        return tuple(self._entry(busy, day, *part) for busy, part in found if part)

    def _day(self, day: date, month: date, chosen: date | None) -> Day:
        entries = self.entries(day)
        why = self._why_not(day)
        own = self.own.wall if self.own else None
        return Day(
            date=day,
            inside=(day.year, day.month) == (month.year, month.month),
            today=day == self.today,
            chosen=day == chosen,
            own=f"{own:%H:%M}" if own and own.date() == day else "",
            why=why,
            entries=entries,
            said=self._day_said(day, why, len(entries)),
        )

    def _why_not(self, day: date) -> str:
        if self._out_of_reach(day):
            return self._out_of_reach(day)
        whole = self._whole(day)
        frozen = (b.interval for b in self.busy if b.purpose is None)
        left = max(whole.begin, min(self.now, whole.end - timedelta(minutes=5)))
        return "frozen" if any(f.begin <= left and whole.end <= f.end for f in frozen) else ""

    def _out_of_reach(self, day: date) -> str:
        if day < self.today:
            return "past"
        return "far" if day > last_day(self.now, self.zone) else ""

    def _day_said(self, day: date, why: str, count: int) -> str:
        words = [f"{day:%A, %B} {day.day}, {day.year}"]
        if day == self.today:
            words.append("today")
        reasons = {"past": "past", "far": "more than 12 months ahead", "frozen": "frozen"}
        if why:
            words.append(reasons[why])
        elif count:
            words.append(f"{count} booked")
        return ", ".join(words)

    def _entry(self, busy: Busy, day: date, x: int, width: int) -> Entry:
        begin, end = busy.interval.begin, busy.interval.end
        starts_here = wall_at(begin, self.zone).date() == day
        return Entry(
            kind=busy.purpose.value if busy.purpose else "freeze",
            title=busy.said[:1].upper() + busy.said[1:],
            begins=f"{wall_at(begin, self.zone):%H:%M}" if starts_here else "…",
            lasts=self.lasts(begin, end),
            x=x,
            width=width,
        )

    def lasts(self, begin: datetime, end: datetime) -> str:
        """Return an interval as people read it: *Friday, May 29 at 22:00 to 23:30*."""
        first, last = wall_at(begin, self.zone), wall_at(end, self.zone)
        until = f"{last:%H:%M}" if first.date() == last.date() else said(end, self.zone, self.now)
        return f"{said(begin, self.zone, self.now)} to {until}"

    def _whole(self, day: date) -> Interval:
        return Interval(begin=self._midnight(day), end=self._midnight(day + timedelta(days=1)))

    def _midnight(self, day: date) -> datetime:
        """Return when a day begins; where the clocks skip midnight, the first time after it."""
        wall = datetime.combine(day, time())
        found = instants(wall, self.zone) or instants(nearest(wall, self.zone)[1], self.zone)
        return found[0]

    def _part_of(self, day: date, interval: Interval) -> tuple[int, int] | None:
        """Return where an interval begins in a day and how wide it is, in minutes; None outside."""
        if not interval.overlaps(self._whole(day)):
            return None
        x = self._minute(day, interval.begin)
        width = max(self._minute(day, interval.end) - x, NARROWEST)
        return min(x, MINUTES_A_DAY - NARROWEST), min(width, MINUTES_A_DAY - x)

    def _minute(self, day: date, instant: datetime) -> int:
        wall = wall_at(instant, self.zone)
        minutes = (wall - datetime.combine(day, time())) // timedelta(minutes=1)
        return min(max(minutes, 0), MINUTES_A_DAY)


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def day_said(day: date, today: date) -> str:
    """Return a day as people read it: *Friday, May 29*, with the year when it is another."""
    return wall_said(datetime.combine(day, time()), today.year).removesuffix(" at 00:00")
