from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.domain.wall_times import (
    GRID,
    TimeDoesNotExist,
    UnknownZone,
    does_not_exist,
    instants,
    nearest,
    said,
    wall_at,
    zone_named,
)

ZONES = [
    "Europe/Paris",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/Santiago",
    "Africa/Casablanca",
    "UTC",
]
YEARS = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
ANY_INSTANT = st.datetimes(
    min_value=datetime.fromisoformat("2020-01-01T00:00"),
    max_value=datetime.fromisoformat("2036-01-01T00:00"),
    timezones=st.just(UTC),
).map(lambda i: i.replace(second=0, microsecond=0))


def offset(instant: datetime, zone: str) -> timedelta:
    found = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


def transitions(zone: str) -> Iterator[datetime]:
    """Find each instant at which the offset changes, to the minute, without asking our own code."""
    day, end = YEARS
    while day < end:
        low, high = day, day + timedelta(days=1)
        if offset(low, zone) != offset(high, zone):
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) // 2
                middle = middle.replace(second=0, microsecond=0)
                low, high = (
                    (middle, high) if offset(middle, zone) == offset(day, zone) else (low, middle)
                )
            yield high
        day += timedelta(days=1)


def changes(*, forward: bool) -> list[tuple[str, datetime, datetime]]:
    """Return zone, and what the clock shows before and after, for every change of one direction."""
    found: list[tuple[str, datetime, datetime]] = []
    for zone in ZONES:
        for at in transitions(zone):
            before = offset(at - timedelta(minutes=1), zone)
            after = offset(at, zone)
            if (after > before) == forward:
                naive = at.replace(tzinfo=None)
                found.append((zone, naive + before, naive + after))
    return found


GAPS = changes(forward=True)
FOLDS = changes(forward=False)


def marks(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += GRID


def test_the_zones_of_these_tests_have_gaps_and_double_hours_of_several_lengths() -> None:
    assert {end - begin for _, begin, end in GAPS} == {timedelta(hours=1), timedelta(minutes=30)}
    assert {begin - end for _, begin, end in FOLDS} == {timedelta(hours=1), timedelta(minutes=30)}


@pytest.mark.parametrize(("zone", "begin", "end"), GAPS)
def test_no_mark_in_a_gap_exists_and_the_nearest_are_at_its_edges(
    zone: str, begin: datetime, end: datetime
) -> None:
    for mark in marks(begin, end):
        assert instants(mark, zone) == ()
        assert nearest(mark, zone) == (begin - GRID, end)


@pytest.mark.parametrize(("zone", "begin", "end"), GAPS)
def test_the_marks_beside_a_gap_exist_once(zone: str, begin: datetime, end: datetime) -> None:
    assert len(instants(begin - GRID, zone)) == len(instants(end, zone)) == 1


@pytest.mark.parametrize(("zone", "begin", "end"), FOLDS)
def test_every_mark_of_a_double_hour_is_two_instants_and_those_beside_it_one(
    zone: str, begin: datetime, end: datetime
) -> None:
    for mark in marks(end, begin):
        first, second = instants(mark, zone)
        assert second - first == begin - end
    assert len(instants(end - GRID, zone)) == len(instants(begin, zone)) == 1


@given(ANY_INSTANT, st.sampled_from(ZONES))
def test_every_instant_is_among_those_that_its_wall_time_names(
    instant: datetime, zone: str
) -> None:
    assert instant in instants(wall_at(instant, zone), zone)


def test_the_day_that_samoa_left_out_is_a_gap_of_24_hours() -> None:
    lost = datetime.fromisoformat("2011-12-30T09:00")
    assert instants(lost, "Pacific/Apia") == ()
    assert nearest(lost, "Pacific/Apia") == (
        datetime.fromisoformat("2011-12-29T23:55"),
        datetime.fromisoformat("2011-12-31T00:00"),
    )


def test_a_time_is_said_as_people_write_it_and_with_the_year_when_it_is_another() -> None:
    at = datetime(2026, 5, 29, 20, tzinfo=UTC)
    assert said(at, "Europe/Paris", at) == "Friday, May 29 at 22:00"
    assert said(at, "Europe/Paris", at - timedelta(days=365)) == "Friday, May 29, 2026 at 22:00"


def test_the_year_is_that_of_the_wall_not_of_utc() -> None:
    new_year_in_kathmandu = datetime(2026, 12, 31, 18, 15, tzinfo=UTC)
    now = datetime(2026, 12, 31, 12, tzinfo=UTC)
    words = said(new_year_in_kathmandu, "Asia/Kathmandu", now)
    assert words == "Friday, January 1, 2027 at 00:00"


def test_a_time_that_the_clocks_show_twice_is_said_with_its_offset() -> None:
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    words = said(twice, "Europe/Paris", twice)
    assert words == "Sunday, October 25 at 02:30 (UTC+01:00)"


def test_a_negative_offset_of_half_an_hour_is_said_right() -> None:
    (_, second) = instants(datetime.fromisoformat("2026-11-01T01:30"), "America/St_Johns")
    assert said(second, "America/St_Johns", second).endswith("(UTC-03:30)")


def test_the_refusal_of_a_gap_offers_the_nearest_times() -> None:
    refusal = does_not_exist(
        datetime.fromisoformat("2026-10-04T02:10"),
        "Australia/Lord_Howe",
        datetime(2026, 9, 1, tzinfo=UTC),
    )
    assert refusal.fields["offered"] == ["2026-10-04T01:55", "2026-10-04T02:30"]
    assert isinstance(refusal, TimeDoesNotExist)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe"])
def test_what_is_no_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(UnknownZone, match="There is no time zone"):
        zone_named(zone)
