from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from builders import NOON, a_slot
from liftlock.domain.slots import (
    OFFERS_APART,
    SOON_GRACE,
    BeyondTwelveMonths,
    Busy,
    EmptyInterval,
    Interval,
    InThePast,
    NothingFree,
    OffTheGrid,
    Purpose,
    SlotTaken,
    at_wall,
    fits,
    in_the_way,
    last_day,
    learned_length,
    mark_after,
    mark_before,
    next_free,
    predicted_end,
    require_free,
    soonest,
    up_to_grid,
)
from liftlock.domain.wall_times import GRID, TimeDoesNotExist, TimeIsAmbiguous, wall_at

HOUR = timedelta(hours=1)
PARIS = "Europe/Paris"
ZONES = st.sampled_from(
    [PARIS, "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York"]
)
NOWS = st.datetimes(
    min_value=datetime.fromisoformat("2024-01-01T00:00"),
    max_value=datetime.fromisoformat("2029-01-01T00:00"),
    timezones=st.just(UTC),
)
LENGTHS = st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes))


def busy(begin: datetime, length: timedelta = HOUR, said: str = "a move of Ana Ruiz") -> Busy:
    interval = Interval(begin=begin, end=begin + length)
    return Busy(interval=interval, purpose=Purpose.MOVE, said=said)


BUSY = st.lists(
    st.tuples(st.integers(-600, 3000), st.integers(1, 500)).map(
        lambda m: busy(NOON + timedelta(minutes=m[0]), timedelta(minutes=m[1]))
    ),
    max_size=12,
)


def test_a_slot_has_the_instant_the_zone_and_the_wall_time_that_was_chosen() -> None:
    slot = at_wall(date(2026, 5, 29), 22, 0, zone=PARIS, length=HOUR, now=NOON)
    begin = datetime(2026, 5, 29, 20, tzinfo=UTC)
    assert slot.interval == Interval(begin=begin, end=begin + HOUR)
    assert (slot.zone, slot.wall) == (PARIS, datetime.fromisoformat("2026-05-29T22:00"))
    assert slot.said(NOON) == "Friday, May 29 at 22:00"


@pytest.mark.parametrize(("hour", "minute"), [(9, 3), (9, 59), (24, 0), (-1, 0), (9, 60), (9, -5)])
def test_a_time_off_the_grid_is_refused(hour: int, minute: int) -> None:
    with pytest.raises(OffTheGrid, match="in steps of 5"):
        at_wall(date(2026, 6, 1), hour, minute, zone=PARIS, length=HOUR, now=NOON)


def test_a_mark_counts_as_past_when_the_next_one_is_reached() -> None:
    def at_noon(now: datetime) -> datetime:
        slot = at_wall(date(2026, 5, 29), 12, 0, zone="UTC", length=HOUR, now=now)
        return slot.interval.begin

    assert at_noon(NOON + GRID - timedelta(microseconds=1)) == NOON
    with pytest.raises(InThePast, match="Friday, May 29 at 12:00 is past"):
        at_noon(NOON + GRID)


def test_the_same_day_12_months_ahead_is_the_last() -> None:
    last = at_wall(date(2027, 5, 29), 23, 55, zone=PARIS, length=HOUR, now=NOON)
    assert last.said(NOON) == "Saturday, May 29, 2027 at 23:55"
    with pytest.raises(BeyondTwelveMonths, match=r"The last day is Saturday, May 29, 2027\."):
        at_wall(date(2027, 5, 30), 0, 0, zone=PARIS, length=HOUR, now=NOON)


def test_the_last_day_is_counted_from_today_in_the_platforms_zone() -> None:
    late = datetime(2026, 5, 29, 23, 30, tzinfo=UTC)
    assert last_day(late, "UTC") == date(2027, 5, 29)
    assert last_day(late, PARIS) == date(2027, 5, 30)


def test_twelve_months_from_a_leap_day_end_on_february_28() -> None:
    assert last_day(datetime(2028, 2, 29, 12, tzinfo=UTC), "UTC") == date(2029, 2, 28)


def test_a_time_that_the_clocks_skip_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(TimeDoesNotExist, match=r"March 28, 2027 at 01:55 and .* at 03:00"):
        at_wall(date(2027, 3, 28), 2, 30, zone=PARIS, length=HOUR, now=NOON)


def test_a_time_that_happens_twice_is_asked_about_and_either_can_be_had() -> None:
    def at(fold: int | None) -> datetime:
        slot = at_wall(date(2026, 10, 25), 2, 30, zone=PARIS, length=HOUR, now=NOON, fold=fold)
        assert slot.wall == datetime.fromisoformat("2026-10-25T02:30")
        return slot.interval.begin

    with pytest.raises(
        TimeIsAmbiguous, match=r"\(fold 0, UTC\+02:00\) or the second \(fold 1, UTC\+01:00\)"
    ):
        at(None)
    assert (at(0), at(1)) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_between_the_two_the_second_is_meant() -> None:
    between = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)
    slot = at_wall(date(2026, 10, 25), 2, 30, zone=PARIS, length=HOUR, now=between)
    assert slot.interval.begin == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    with pytest.raises(InThePast):
        at_wall(date(2026, 10, 25), 2, 30, zone=PARIS, length=HOUR, now=between, fold=0)


def test_which_of_two_says_nothing_about_a_time_that_happens_once() -> None:
    slots = {
        at_wall(date(2026, 6, 1), 9, 0, zone=PARIS, length=HOUR, now=NOON, fold=fold)
        for fold in (None, 0, 1)
    }
    assert len(slots) == 1


@given(NOWS, ZONES, st.integers(0, 370), st.integers(0, 287), LENGTHS)
def test_a_booked_time_is_the_one_that_the_clock_shows_and_lies_ahead(
    now: datetime, zone: str, days: int, mark: int, length: timedelta
) -> None:
    day = wall_at(now, zone).date() + timedelta(days=days)
    try:
        slot = at_wall(day, mark // 12, mark % 12 * 5, zone=zone, length=length, now=now, fold=0)
    except (TimeDoesNotExist, InThePast, BeyondTwelveMonths):
        return
    assert wall_at(slot.interval.begin, zone) == slot.wall
    assert now < slot.interval.begin + GRID
    assert slot.wall.date() <= last_day(now, zone)
    assert length <= slot.interval.length < length + GRID
    assert slot.interval.begin == mark_before(slot.interval.begin)


@given(NOWS, ZONES, LENGTHS, BUSY)
def test_as_soon_as_possible_is_free_on_the_grid_and_nothing_sooner_is(
    now: datetime, zone: str, length: timedelta, others: list[Busy]
) -> None:
    shift = mark_before(now) - NOON
    others = [busy(b.interval.begin + shift, b.interval.length) for b in others]
    slot = soonest(length, now, zone, others)
    assert slot.soon
    assert slot.interval.length == up_to_grid(length) + SOON_GRACE
    assert slot.length == up_to_grid(length)
    assert fits(slot.interval, others)
    mark = mark_before(now)
    while mark < slot.interval.begin:
        assert not fits(Interval(begin=mark, end=mark + slot.interval.length), others)
        mark += GRID
    assert mark == slot.interval.begin


def test_as_soon_as_possible_begins_at_the_running_mark() -> None:
    slot = soonest(HOUR, NOON + timedelta(minutes=4, seconds=59), PARIS, ())
    assert slot.interval.begin == NOON


def test_as_soon_as_possible_is_refused_when_nothing_is_free_for_a_year() -> None:
    frozen = busy(NOON - HOUR, timedelta(days=800))
    with pytest.raises(NothingFree, match="No 90 minutes are free"):
        soonest(HOUR, NOON, PARIS, (frozen,))


@given(BUSY, LENGTHS, st.integers(1, 5))
def test_free_times_are_free_ascending_and_apart(
    others: list[Busy], length: timedelta, count: int
) -> None:
    slots = next_free(length, NOON, PARIS, others, count)
    assert len(slots) == count
    assert all(fits(slot.interval, others) for slot in slots)
    begins = [slot.interval.begin for slot in slots]
    assert begins[0] >= NOON
    assert all(b - a >= OFFERS_APART for a, b in pairwise(begins))


@given(BUSY, st.integers(-600, 3000), LENGTHS)
def test_what_is_in_the_way_is_the_first_that_overlaps(
    others: list[Busy], begin: int, length: timedelta
) -> None:
    wanted = Interval(
        begin=NOON + timedelta(minutes=begin), end=NOON + timedelta(minutes=begin) + length
    )
    obstacle = in_the_way(wanted, others)
    overlapping = [b for b in others if b.interval.overlaps(wanted)]
    assert (obstacle is None) == (not overlapping) == fits(wanted, others)
    assert obstacle is None or all(obstacle.interval <= b.interval for b in overlapping)


def test_bookings_that_only_touch_do_not_overlap() -> None:
    assert fits(Interval(begin=NOON, end=NOON + HOUR), (busy(NOON - HOUR), busy(NOON + HOUR)))


def test_the_end_of_an_interval_counts_not_only_its_start() -> None:
    wanted = Interval(begin=NOON, end=NOON + HOUR)
    assert in_the_way(wanted, (busy(NOON + HOUR - timedelta(seconds=1)),)) is not None


def test_a_refusal_says_who_is_in_the_way_until_when_and_what_is_free() -> None:
    others = (busy(NOON), busy(NOON + HOUR))
    with pytest.raises(SlotTaken) as caught:
        require_free(a_slot(NOON + timedelta(minutes=30), zone="UTC"), others, NOON)
    assert str(caught.value) == (
        "Friday, May 29 at 12:30 is not free: a move of Ana Ruiz, until Friday, May 29 at 13:00. "
        "Next free: Friday, May 29 at 14:00 · Friday, May 29 at 14:30 · Friday, May 29 at 15:00."
    )
    assert caught.value.fields["offered"][0] == "2026-05-29T14:00:00+00:00"  # pyright: ignore[reportIndexIssue]


def test_a_free_slot_is_not_refused() -> None:
    require_free(a_slot(), (busy(NOON - HOUR),), NOON)


def test_without_past_runs_the_first_guess_is_booked() -> None:
    assert learned_length([], timedelta(minutes=42)) == timedelta(minutes=45)


def test_one_wild_run_among_ten_is_not_learned_from() -> None:
    usual = [timedelta(minutes=50)] * 9
    assert learned_length([*usual, timedelta(hours=9)], HOUR) == timedelta(minutes=50)


def test_runs_long_ago_are_forgotten() -> None:
    past = [timedelta(hours=9)] * 5 + [timedelta(minutes=20)] * 10
    assert learned_length(past, HOUR) == timedelta(minutes=20)


@given(st.lists(LENGTHS, min_size=1, max_size=30), LENGTHS)
def test_the_learned_length_suffices_for_nine_of_the_last_ten_runs_and_is_no_longer_than_needed(
    past: list[timedelta], guess: timedelta
) -> None:
    learned = learned_length(past, guess)
    latest = past[-10:]
    assert sum(run <= learned for run in latest) >= len(latest) * 0.9
    assert learned in {up_to_grid(run) for run in latest}


@given(NOWS, LENGTHS)
def test_a_running_move_is_expected_to_end_on_a_mark_ahead(
    now: datetime, length: timedelta
) -> None:
    end = predicted_end(now - HOUR, length, now)
    assert now < end == mark_after(end)
    assert end >= now - HOUR + length
    assert end < max(now, now - HOUR + length) + GRID + timedelta(seconds=1)


@given(NOWS)
def test_marks_enclose_an_instant(now: datetime) -> None:
    assert mark_before(now) <= now <= mark_after(now)
    assert mark_after(now) - mark_before(now) in {timedelta(), GRID}


@given(NOWS, LENGTHS)
def test_an_interval_contains_its_begin_and_not_its_end(now: datetime, length: timedelta) -> None:
    interval = Interval(begin=now, end=now + length)
    assert interval.contains(now)
    assert not interval.contains(interval.end)
    assert interval.overlaps(interval)


@given(NOWS, NOWS)
def test_an_interval_ends_after_it_begins(begin: datetime, end: datetime) -> None:
    assume(end <= begin)
    with pytest.raises(EmptyInterval):
        Interval(begin=begin, end=end)
