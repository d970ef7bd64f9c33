"""The month grid and the 24 hours of a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, a_slot
from liftlock.domain.calendars import MINUTES_A_DAY, Calendar
from liftlock.domain.slots import Busy, Interval, Purpose

PARIS = "Europe/Paris"
NOW = datetime(2026, 5, 19, 8, 42, tzinfo=UTC)
HOUR = timedelta(hours=1)


def busy(
    begin: datetime, length: timedelta, said: str = "x", purpose: Purpose | None = Purpose.MOVE
) -> Busy:
    interval = Interval(begin=begin, end=begin + length)
    return Busy(interval=interval, purpose=purpose, said=said)


def a_calendar(*taken: Busy, now: datetime = NOW, zone: str = PARIS) -> Calendar:
    return Calendar(zone=zone, now=now, busy=taken, length=2 * HOUR)


def test_months_go_from_this_one_to_the_same_one_a_year_ahead() -> None:
    month = a_calendar().month(date(2026, 5, 1))
    assert (month.all_months[0], month.all_months[-1]) == (date(2026, 5, 1), date(2027, 5, 1))
    assert (month.previous, month.following) == (None, date(2026, 6, 1))
    last = a_calendar().month(date(2027, 5, 1))
    assert (last.previous, last.following) == (date(2027, 4, 1), None)


def test_a_month_out_of_reach_is_brought_into_it() -> None:
    assert a_calendar().month(date(2020, 1, 1)).first == date(2026, 5, 1)
    assert a_calendar().month(date(9999, 12, 1)).first == date(2027, 5, 1)


def test_each_day_says_why_it_cannot_be_chosen() -> None:
    days = {d.date: d for week in a_calendar().month(date(2026, 5, 1)).weeks for d in week}
    assert (days[date(2026, 5, 18)].why, days[date(2026, 5, 19)].why) == ("past", "")
    assert days[date(2026, 5, 19)].today
    days = {d.date: d for week in a_calendar().month(date(2027, 5, 1)).weeks for d in week}
    assert (days[date(2027, 5, 19)].why, days[date(2027, 5, 20)].why) == ("", "far")


def test_a_day_that_a_freeze_covers_cannot_be_chosen_and_half_a_one_can() -> None:
    freeze = busy(datetime(2026, 5, 24, 10, tzinfo=UTC), 36 * HOUR, "a freeze (audit)", None)
    days = {d.date: d for week in a_calendar(freeze).month(NOON.date()).weeks for d in week}
    assert days[date(2026, 5, 24)].why == ""
    assert days[date(2026, 5, 25)].why == "frozen"
    assert days[date(2026, 5, 25)].said == "Monday, May 25, 2026, frozen"
    assert [e.title for e in days[date(2026, 5, 24)].entries] == ["A freeze (audit)"]


def test_a_booking_is_on_each_of_its_days_with_what_when_and_who() -> None:
    night = busy(datetime(2026, 5, 29, 20, tzinfo=UTC), 4 * HOUR, "Move to Staging, booked by Ana")
    calendar = a_calendar(night)
    first, second = (calendar.entries(date(2026, 5, day))[0] for day in (29, 30))
    assert (first.begins, second.begins) == ("22:00", "…")
    assert first.lasts == "Friday, May 29 at 22:00 to Saturday, May 30 at 02:00"
    assert (first.title, first.kind) == ("Move to Staging, booked by Ana", "move")
    assert (first.x, first.width) == (22 * 60, 120)
    assert (second.x, second.width) == (0, 120)
    assert calendar.month(NOON.date()).weeks[4][4].said == "Friday, May 29, 2026, 1 booked"


def test_a_booking_that_ends_at_midnight_is_not_on_the_next_day() -> None:
    calendar = a_calendar(busy(datetime(2026, 5, 29, 20, tzinfo=UTC), 2 * HOUR))
    assert not calendar.entries(date(2026, 5, 30))


def test_the_strip_shows_what_is_past_and_what_the_move_would_take() -> None:
    calendar = a_calendar()
    today = calendar.strip(date(2026, 5, 19), None)
    assert (today.past, today.x) == (10 * 60 + 42, None)
    slot = a_slot(NOON, 2 * HOUR)
    day = calendar.strip(date(2026, 5, 29), slot)
    assert (day.past, day.x, day.width) == (0, 14 * 60, 120)
    assert calendar.strip(date(2026, 5, 18), None).past == MINUTES_A_DAY


def test_the_present_date_of_a_proposal_is_marked() -> None:
    calendar = Calendar(zone=PARIS, now=NOW, busy=(), length=HOUR, own=a_slot(NOON, HOUR))
    days = {d.date: d for week in calendar.month(NOON.date()).weeks for d in week}
    assert days[date(2026, 5, 29)].own == "14:00"
    assert not days[date(2026, 5, 28)].own


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Havana", "Asia/Kathmandu", "UTC"])
@given(
    minutes=st.integers(-200_000, 1_000_000),
    hours=st.integers(1, 200),
    ahead=st.integers(0, 365),
)
def test_what_a_day_shows_stays_within_its_hours(
    zone: str, minutes: int, hours: int, ahead: int
) -> None:
    begin = NOW + timedelta(minutes=minutes)
    calendar = a_calendar(busy(begin, hours * HOUR), zone=zone)
    for entry in calendar.entries(calendar.today + timedelta(days=ahead)):
        assert entry.x >= 0
        assert entry.width > 0
        assert entry.x + entry.width <= MINUTES_A_DAY


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_out_of_all_reach_shows_nothing_and_breaks_nothing(day: date) -> None:
    calendar = a_calendar(busy(NOON, HOUR))
    assert not calendar.entries(day)
    assert calendar.strip(day, a_slot()).x is None
