"""Freezes: when they are, week by week, and what they stop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ACME, BEN, DEVELOPMENT, NOON, PRODUCTION, STAGING, a_move, a_slot
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.freezes import (
    SEEN_AHEAD,
    WEEK,
    Freeze,
    FreezeEndsFirst,
    FreezeFillsTheWeek,
    FreezeId,
    FreezeIsOver,
    FreezeTooLong,
    Override,
    interval_between,
    laid_over,
    require_room_in_the_week,
)
from liftlock.domain.people import Signature
from liftlock.domain.slots import Interval, InThePast
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.wall_times import TimeDoesNotExist, wall_at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARIS = "Europe/Paris"


def a_freeze(
    begin: datetime = NOON,
    length: timedelta = HOUR,
    environment: EnvironmentId | None = None,
    *,
    weekly: bool = False,
) -> Freeze:
    return Freeze(
        id=FreezeId(1),
        organisation=ACME.id,
        environment=environment,
        interval=Interval(begin=begin, end=begin + length),
        zone=PARIS,
        reason="year end",
        entered=Signature(by=BEN, at=NOON - DAY),
        weekly=weekly,
    )


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_freeze_is_seen_as_what_cannot_be_booked_until_it_is_over() -> None:
    freeze = a_freeze()
    (busy,) = freeze.busy(NOON + HOUR / 2)
    assert (busy.interval, busy.said) == (freeze.interval, "a freeze (year end)")
    assert freeze.busy(NOON + HOUR) == ()


def test_a_weekly_freeze_is_at_the_same_wall_time_when_clocks_have_changed() -> None:
    friday = datetime(2026, 10, 23, 16, tzinfo=UTC)  # 18:00 in Paris; on Sunday clocks go back
    freeze = a_freeze(friday, 61 * HOUR, weekly=True)
    found = [each.interval for each in freeze.busy(friday)]
    assert len(found) == SEEN_AHEAD // WEEK + 1
    walls = {wall_at(each.begin, PARIS).strftime("%A %H:%M") for each in found}
    assert walls == {"Friday 18:00"}
    assert {wall_at(each.end, PARIS).strftime("%A %H:%M") for each in found} == {"Monday 06:00"}
    assert found[1].begin - found[0].begin == WEEK + HOUR


def test_a_weekly_freeze_within_the_hour_that_clocks_skip_is_left_out_once() -> None:
    sunday = datetime(2026, 3, 22, 1, tzinfo=UTC)  # 02:00 to 03:00; a week later clocks skip it
    freeze = a_freeze(sunday, HOUR, weekly=True)
    begins = [each.interval.begin for each in freeze.busy(sunday)][:3]
    days = [wall_at(begin, PARIS).day for begin in begins]
    assert days == [22, 5, 12]


@given(st.integers(0, 400), st.integers(1, 7 * 24 - 2), st.integers(0, 24 * 60))
def test_a_weekly_freeze_is_never_missed(days: int, hours: int, minutes: int) -> None:
    freeze = a_freeze(length=hours * HOUR, weekly=True)
    instant = NOON + days * DAY + timedelta(minutes=minutes)
    shift = (wall_at(instant, PARIS) - wall_at(NOON, PARIS)) % WEEK
    soon = next(iter(freeze.intervals(instant, instant + 2 * WEEK)))
    assert soon.contains(instant) == (shift < hours * HOUR) or abs(shift - hours * HOUR) <= HOUR


def test_what_is_under_way_or_next_is_named() -> None:
    freeze = a_freeze(weekly=True)
    assert freeze.next_interval(NOON - DAY) == freeze.interval
    later = freeze.next_interval(NOON + HOUR)
    assert later is not None
    assert later.begin == NOON + WEEK
    assert a_freeze().next_interval(NOON + HOUR) is None
    assert replace(freeze, canceled_at=NOON).next_interval(NOON) is None


def test_a_freeze_of_one_environment_stops_the_moves_that_target_it() -> None:
    to_staging = a_move(MoveKind.MOVE_TO_STAGING)
    assert a_freeze(environment=STAGING.id).lies_over(to_staging)
    assert a_freeze(environment=None).lies_over(to_staging)
    assert not a_freeze(environment=DEVELOPMENT.id).lies_over(to_staging)
    assert not a_freeze(environment=PRODUCTION.id).lies_over(to_staging)
    assert not replace(a_freeze(), canceled_at=NOON).lies_over(to_staging)


@pytest.mark.parametrize("state", [State.RUNNING, State.COMPLETED, State.CANCELED])
def test_what_runs_or_is_over_is_not_stopped(state: State) -> None:
    assert not a_freeze().lies_over(a_move(state=state))


@pytest.mark.parametrize(("minutes", "stops"), [(-60, False), (-59, True), (59, True), (60, False)])
def test_the_whole_interval_counts_and_touching_ends_do_not(minutes: int, *, stops: bool) -> None:
    freeze = a_freeze(NOON + timedelta(minutes=minutes))
    assert freeze.lies_over(a_move(slot=a_slot())) == stops


def an_override(freeze: Freeze, slot_begins: datetime = NOON) -> Override:
    return Override(
        freeze=freeze.id,
        move=a_move().id,
        slot_begins=slot_begins,
        reason="urgent",
        entered=Signature(by=BEN, at=NOON - DAY),
    )


def test_an_override_is_of_one_freeze_and_of_the_time_that_the_move_has() -> None:
    freeze = a_freeze()
    another = replace(a_freeze(), id=FreezeId(2))
    known = {each.id: each for each in (freeze, another)}
    assert laid_over(a_move(), known, ()) == (freeze, another)
    assert laid_over(a_move(), known, (an_override(freeze),)) == (another,)
    assert laid_over(a_move(), known, (an_override(freeze, NOON + HOUR),)) == (freeze, another)


def test_times_are_of_the_wall_and_make_the_longer_freeze_where_clocks_show_them_twice() -> None:
    found = interval_between(
        wall("2026-10-25T02:30"), wall("2027-10-31T02:30"), zone=PARIS, now=NOON
    )
    assert found.begin == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.end == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "end", "refusal"),
    [
        ("2026-12-18T00:00", "2026-12-18T00:00", FreezeEndsFirst),
        ("2026-12-18T00:00", "2026-12-17T00:00", FreezeEndsFirst),
        ("2026-05-28T00:00", "2026-06-01T00:00", InThePast),
        ("0001-01-01T00:00", "2026-06-01T00:00", InThePast),
        ("2026-05-29T00:00", "2026-05-29T13:59", FreezeIsOver),
        ("2026-12-18T00:00", "9999-12-31T23:59", FreezeTooLong),
        ("2027-03-28T02:30", "2027-03-29T00:00", TimeDoesNotExist),
    ],
)
def test_times_that_cannot_be_frozen(begin: str, end: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        _ = interval_between(wall(begin), wall(end), zone=PARIS, now=NOON)


def test_a_freeze_may_begin_earlier_today() -> None:
    found = interval_between(
        wall("2026-05-29T00:00"), wall("2026-05-30T00:00"), zone=PARIS, now=NOON
    )
    assert found.contains(NOON)


def test_a_weekly_freeze_leaves_a_part_of_the_week_free() -> None:
    require_room_in_the_week(Interval(begin=NOON, end=NOON + WEEK - 2 * HOUR))
    with pytest.raises(FreezeFillsTheWeek):
        require_room_in_the_week(Interval(begin=NOON, end=NOON + WEEK))
