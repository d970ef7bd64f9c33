"""A chosen time: whether it can be booked, and what could be instead."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.domain import choices
from liftlock.domain.calendars import Calendar
from liftlock.domain.choices import Choice, NoSuchDay, NoSuchMonth, NoSuchTime, Verdict
from liftlock.domain.environments import EnvironmentNotFound, Kind
from liftlock.domain.slots import (
    BeyondTwelveMonths,
    Busy,
    Interval,
    InThePast,
    OffTheGrid,
    Purpose,
    SlotTaken,
)
from liftlock.domain.wall_times import TimeDoesNotExist, TimeIsAmbiguous

NOW = datetime(2026, 5, 19, 8, 42, tzinfo=UTC)
HOUR = timedelta(hours=1)
FRIDAY = date(2026, 5, 29)


def a_calendar(*taken: Busy, length: timedelta = 2 * HOUR) -> Calendar:
    return Calendar(zone="Europe/Paris", now=NOW, busy=taken, length=length)


def busy(begin: datetime, length: timedelta, purpose: Purpose | None = Purpose.MOVE) -> Busy:
    interval = Interval(begin=begin, end=begin + length)
    return Busy(interval=interval, purpose=purpose, said="month-end closing, booked by Cem")


def judged(calendar: Calendar, day: date, hour: int = 9, minute: int = 0) -> Verdict:
    return choices.judge(calendar, Choice(day=day, hour=hour, minute=minute))


def test_the_default_time_is_nine() -> None:
    assert (Choice(day=FRIDAY).hour, Choice(day=FRIDAY).minute) == (9, 0)


def test_a_free_time_is_a_slot_of_the_learned_length() -> None:
    verdict = judged(a_calendar(), FRIDAY)
    assert verdict.refusal is None
    assert verdict.slot is not None
    assert verdict.slot.interval.length == 2 * HOUR


def test_a_taken_time_says_by_what_and_offers_the_next_free_ones() -> None:
    taken = busy(datetime(2026, 5, 29, 4, tzinfo=UTC), 7 * HOUR)
    verdict = judged(a_calendar(taken), FRIDAY)
    assert isinstance(verdict.refusal, SlotTaken)
    assert verdict.title == "This time is taken"
    assert verdict.said == (
        "Friday, May 29 at 09:00 is not free: month-end closing, booked by Cem, "
        "until Friday, May 29 at 13:00."
    )
    assert verdict.offers[0].said == "Friday, May 29 at 13:00"
    assert verdict.slot is not None


def test_a_frozen_time_is_called_frozen() -> None:
    freeze = busy(datetime(2026, 5, 29, 4, tzinfo=UTC), 7 * HOUR, None)
    assert judged(a_calendar(freeze), FRIDAY).title == "This time is frozen"


def test_a_time_in_the_past_is_refused_with_free_ones_from_now_on() -> None:
    verdict = judged(a_calendar(), date(2026, 5, 19))
    assert isinstance(verdict.refusal, InThePast)
    assert verdict.offers[0].said == "Tuesday, May 19 at 10:45"


def test_more_than_twelve_months_ahead_is_refused_with_free_ones() -> None:
    verdict = judged(a_calendar(), date(2027, 5, 20))
    assert isinstance(verdict.refusal, BeyondTwelveMonths)
    assert len(verdict.offers) == 3


def test_a_time_that_the_clocks_skip_offers_the_nearest_ones() -> None:
    verdict = judged(a_calendar(), date(2027, 3, 28), 2, 30)
    assert isinstance(verdict.refusal, TimeDoesNotExist)
    assert verdict.title == "02:30 does not exist on this day"
    assert [(o.hour, o.minute) for o in verdict.offers] == [(1, 55), (3, 0)]


def test_a_time_that_exists_twice_asks_which() -> None:
    verdict = judged(a_calendar(), date(2026, 10, 25), 2, 30)
    assert isinstance(verdict.refusal, TimeIsAmbiguous)
    assert verdict.is_question
    assert [o.said for o in verdict.offers] == [
        "First 02:30 (UTC+02:00)",
        "Second 02:30 (UTC+01:00)",
    ]
    second = Choice(day=date(2026, 10, 25), hour=2, minute=30, fold=verdict.offers[1].fold)
    slot = choices.judge(a_calendar(), second).slot
    assert slot is not None
    assert slot.interval.begin == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_minutes_between_the_marks_are_refused() -> None:
    assert isinstance(judged(a_calendar(), FRIDAY, 9, 7).refusal, OffTheGrid)


def test_the_first_day_shown_is_the_first_on_which_the_default_time_is_free() -> None:
    assert choices.first_day(a_calendar()) == date(2026, 5, 20)
    taken = busy(datetime(2026, 5, 20, 8, tzinfo=UTC), 30 * HOUR)
    assert choices.first_day(a_calendar(taken)) == date(2026, 5, 22)
    forever = busy(NOW, timedelta(days=500))
    assert choices.first_day(a_calendar(forever)) == date(2026, 5, 20)


def test_as_soon_as_possible_is_the_running_mark_or_nothing() -> None:
    soon = choices.as_soon_as_possible(a_calendar())
    assert soon is not None
    assert soon.interval.begin == datetime(2026, 5, 19, 8, 40, tzinfo=UTC)
    assert choices.as_soon_as_possible(a_calendar(busy(NOW, timedelta(days=500)))) is None


@given(hour=st.integers(0, 23), minute=st.integers(0, 11), ahead=st.integers(-2, 400))
def test_what_is_offered_can_be_booked(hour: int, minute: int, ahead: int) -> None:
    taken = (
        busy(datetime(2026, 5, 19, 6, tzinfo=UTC), 20 * HOUR),
        busy(datetime(2026, 10, 24, 22, tzinfo=UTC), 5 * HOUR, None),
    )
    calendar = a_calendar(*taken)
    day = calendar.today + timedelta(days=ahead)
    for offer in judged(calendar, day, hour, minute * 5).offers:
        wanted = Choice(day=offer.day, hour=offer.hour, minute=offer.minute, fold=offer.fold)
        verdict = choices.judge(calendar, wanted)
        assert verdict.refusal is None or isinstance(verdict.refusal, SlotTaken)


def test_texts_that_name_nothing_are_refused_with_an_example() -> None:
    today = date(2026, 5, 19)
    assert choices.day_given("", today) is None
    assert choices.day_given("2026-05-29", today) == FRIDAY
    assert choices.month_given("2026-05", today) == date(2026, 5, 1)
    assert choices.number_given("", range(24), 9) == 9
    assert choices.number_given("22", range(24), 9) == 22
    assert choices.environment_given("staging") is Kind.STAGING
    with pytest.raises(NoSuchDay, match="2026-05-19"):
        _ = choices.day_given("tomorrow", today)
    with pytest.raises(NoSuchMonth, match="2026-05"):
        _ = choices.month_given("2026-99", today)
    for wrong in ("24", "-1", "x", "٣", "9.5"):
        with pytest.raises(NoSuchTime):
            _ = choices.number_given(wrong, range(24), 9)
    with pytest.raises(NoSuchTime):
        _ = choices.number_given("7", range(0, 60, 5), 0)
    with pytest.raises(EnvironmentNotFound):
        _ = choices.environment_given("test")
