"""What people are told of a move that runs over its slot, and of one that begins late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import BEN, NOON, a_move, a_slot
from liftlock.domain.overruns import comes_next, how_it_runs_over, is_over
from liftlock.domain.people import Signature
from liftlock.domain.runs import how_it_began
from liftlock.domain.slots import Busy, Interval, Purpose
from liftlock.domain.statuses import State

MINUTE = timedelta(minutes=1)
RUNNING = a_move(state=State.RUNNING, begun_at=NOON)
ENDED = RUNNING.slot.interval.end


def booking(begins: timedelta) -> Busy:
    begin = ENDED + begins
    interval = Interval(begin=begin, end=begin + timedelta(hours=1))
    return Busy(interval=interval, purpose=Purpose.MOVE, said="Down Align, booked by Ana")


def test_it_runs_over_from_the_very_end_of_its_slot() -> None:
    assert not is_over(RUNNING, ENDED - MINUTE)
    assert is_over(RUNNING, ENDED)
    assert not is_over(replace(RUNNING, state=State.COMPLETED), ENDED + MINUTE)


def test_what_is_told_names_what_it_delays_or_would_delay() -> None:
    now = ENDED + MINUTE
    assert "Nothing is booked after it." in how_it_runs_over(RUNNING, None, now)
    soon = how_it_runs_over(RUNNING, booking(timedelta()), now)
    assert "is not cut" in soon
    assert soon.endswith(": Down Align, booked by Ana.")
    assert "It delays what begins on" in soon
    assert "If it still runs on" in how_it_runs_over(RUNNING, booking(timedelta(hours=3)), now)


def test_what_comes_next_is_not_what_is_over() -> None:
    past, next_one = booking(timedelta(hours=-3)), booking(MINUTE)
    assert comes_next((past, next_one), ENDED) is next_one
    assert comes_next((past,), ENDED) is None


@pytest.mark.parametrize(
    ("minutes", "late"), [(0, ""), (4, ""), (40, "It begins 40 minutes late.")]
)
def test_a_late_begin_is_told(minutes: int, late: str) -> None:
    said = how_it_began(a_move(state=State.VALIDATED), NOON + minutes * MINUTE)
    assert said.startswith(late or "It runs and should end by")


def test_one_booked_as_soon_as_possible_is_late_from_its_validation_on() -> None:
    validated = Signature(by=BEN, at=NOON + 20 * MINUTE)
    soon = a_move(state=State.VALIDATED, slot=a_slot(soon=True), validated=validated)
    assert how_it_began(soon, NOON + 21 * MINUTE).startswith("It runs")
    assert how_it_began(soon, NOON + 29 * MINUTE).startswith("It begins 9 minutes late.")
