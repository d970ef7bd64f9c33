from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import BEN, NOON, a_move, a_slot
from liftlock.domain.due import (
    LATE_AFTER,
    Begin,
    Decision,
    Expire,
    Surroundings,
    Wait,
    due,
)
from liftlock.domain.moves import Move
from liftlock.domain.people import Signature
from liftlock.domain.slots import Busy, Interval, Purpose, Slot, fits, mark_before
from liftlock.domain.statuses import Cause, MoveKind, State

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RUNNING = a_move(MoveKind.DOWN_ALIGN, State.RUNNING)
ERRORED = a_move(MoveKind.MOVE_TO_PRODUCTION, State.ERRORED)


def ready(slot: Slot | None = None, validated_at: datetime = NOON - HOUR) -> Move:
    return a_move(
        state=State.VALIDATED,
        slot=slot or a_slot(),
        validated=Signature(by=BEN, at=validated_at),
    )


def at(now: datetime, **also: object) -> Surroundings:
    return replace(Surroundings(now=now), **also)


def busy(begin: datetime, purpose: Purpose | None = Purpose.MOVE, said: str = "a move") -> Busy:
    return Busy(interval=Interval(begin=begin, end=begin + HOUR), purpose=purpose, said=said)


def cause_of(decision: Decision) -> Cause | None:
    return decision.cause if isinstance(decision, Expire) else None


@pytest.mark.parametrize("state", [State.PROPOSED, State.VALIDATED])
def test_nothing_happens_before_the_slot_begins(state: State) -> None:
    decision = due(replace(ready(), state=state), at(NOON - timedelta(seconds=1)))
    assert decision == Wait(why="its slot begins on Friday, May 29 at 14:00")


def test_a_validated_move_begins_with_its_slot() -> None:
    assert due(ready(), at(NOON)) == Begin()


def test_a_proposal_that_nobody_validated_expires_when_its_slot_begins() -> None:
    assert cause_of(due(a_move(), at(NOON))) is Cause.NOT_VALIDATED


def test_one_booked_as_soon_as_possible_waits_half_an_hour_for_its_validation() -> None:
    move = a_move(slot=a_slot(soon=True))
    decision = due(move, at(NOON + 30 * MINUTE - timedelta(seconds=1)))
    assert decision == Wait(why="it waits for a validation until Friday, May 29 at 14:30")
    assert cause_of(due(move, at(NOON + 30 * MINUTE))) is Cause.NOT_VALIDATED


def test_one_booked_as_soon_as_possible_starts_as_soon_as_it_is_validated() -> None:
    last_moment = NOON + 30 * MINUTE - timedelta(seconds=1)
    move = ready(a_slot(soon=True), validated_at=last_moment)
    tick = last_moment + timedelta(seconds=20)
    next_booking = busy(move.slot.interval.end)
    assert due(move, at(tick, others=(next_booking,))) == Begin()


def test_a_validated_move_waits_for_the_one_that_runs_however_long() -> None:
    decision = due(ready(), at(NOON + 5 * HOUR, blocked_by=RUNNING))
    assert decision == Wait(why="Down Align 7 (Aligning) is in the way")


def test_the_time_it_may_be_late_counts_from_when_the_way_is_free() -> None:
    held_up = replace(ready(), way_free_at=NOON + 2 * HOUR)
    assert due(held_up, at(NOON + 2 * HOUR + LATE_AFTER - MINUTE)) == Begin()
    assert cause_of(due(held_up, at(NOON + 2 * HOUR + LATE_AFTER))) is Cause.LATE


def test_with_no_worker_it_counts_from_the_slots_begin() -> None:
    assert due(ready(), at(NOON + LATE_AFTER - MINUTE)) == Begin()
    decision = due(ready(), at(NOON + LATE_AFTER))
    assert decision == Expire(cause=Cause.LATE, said="It could not begin within 30 minutes.")


def test_how_late_it_may_be_is_a_setting() -> None:
    around = at(NOON + 50 * MINUTE, late_after=HOUR)
    assert due(ready(), around) == Begin()


def test_behind_an_errored_move_it_waits_and_expires_as_late() -> None:
    waiting = due(ready(), at(NOON + 29 * MINUTE, blocked_by=ERRORED))
    assert isinstance(waiting, Wait)
    decision = due(ready(), at(NOON + 30 * MINUTE, blocked_by=ERRORED))
    assert decision == Expire(
        cause=Cause.LATE,
        said="Move to Production 7 (ProductionErrored) was not resolved in time.",
    )


def test_a_validation_still_stale_when_the_slot_begins_expires_and_says_what_changed() -> None:
    decision = due(ready(), at(NOON, changed=("module hotfix 1.0 is new in Production",)))
    assert decision == Expire(
        cause=Cause.STALE,
        said="Its validation was stale: module hotfix 1.0 is new in Production.",
    )


def test_a_stale_one_booked_as_soon_as_possible_has_its_half_hour_to_be_validated_again() -> None:
    move, changed = ready(a_slot(soon=True)), ("module hotfix",)
    assert isinstance(due(move, at(NOON + 20 * MINUTE, changed=changed)), Wait)
    later = at(NOON + 31 * MINUTE, changed=changed, late_after=HOUR)
    assert cause_of(due(move, later)) is Cause.STALE


def test_a_down_align_is_never_stale() -> None:
    move = a_move(MoveKind.DOWN_ALIGN, State.VALIDATED)
    assert due(move, at(NOON, changed=("module hotfix",))) == Begin()


def test_a_worker_that_is_seconds_late_does_not_cost_the_move_its_slot() -> None:
    next_booking = busy(NOON + HOUR)
    assert due(ready(), at(NOON + 4 * MINUTE, others=(next_booking,))) == Begin()


def test_one_whose_whole_length_no_longer_fits_expires_and_says_before_what() -> None:
    held_up = replace(ready(), way_free_at=NOON + 20 * MINUTE)
    around = at(NOON + 20 * MINUTE, others=(busy(NOON + HOUR, said="maintenance of Cem"),))
    assert due(held_up, around) == Expire(
        cause=Cause.LATE,
        said=(
            "Its whole length no longer fits before maintenance of Cem, "
            "which begins on Friday, May 29 at 15:00."
        ),
    )


def test_a_freeze_laid_over_a_booking_lets_it_expire_as_frozen() -> None:
    freeze = busy(NOON - MINUTE, None, "a freeze (year's end)")
    decision = due(ready(), at(NOON, others=(freeze,)))
    assert decision == Expire(
        cause=Cause.FROZEN,
        said="There is a freeze (year's end), until Friday, May 29 at 14:59.",
    )


OTHERS = st.lists(
    st.tuples(st.integers(-90, 180), st.sampled_from([Purpose.MOVE, None])).map(
        lambda o: busy(NOON + o[0] * MINUTE, o[1])
    ),
    max_size=3,
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Move, Surroundings]:
    after = draw(st.none() | st.integers(0, 120))
    move = replace(
        ready(a_slot(soon=draw(st.booleans()))),
        state=draw(st.sampled_from([State.PROPOSED, State.VALIDATED])),
        way_free_at=None if after is None else NOON + after * MINUTE,
    )
    around = Surroundings(
        now=NOON + draw(st.integers(-60, 120)) * MINUTE,
        blocked_by=draw(st.sampled_from([None, RUNNING, ERRORED])),
        changed=draw(st.sampled_from([(), ("module hotfix",)])),
        others=draw(OTHERS),
    )
    return move, around


@given(situations())
def test_nothing_begins_unvalidated_stale_blocked_late_or_without_room(
    situation: tuple[Move, Surroundings],
) -> None:
    move, around = situation
    begin = mark_before(around.now)
    could = (
        move.state is State.VALIDATED
        and NOON <= around.now < (move.way_free_at or NOON) + LATE_AFTER
        and around.blocked_by is None
        and not around.changed
        and fits(Interval(begin=begin, end=begin + HOUR), around.others)
    )
    assert (due(move, around) == Begin()) == could


@given(st.booleans(), st.sampled_from([State.PROPOSED, State.VALIDATED]))
def test_a_booking_never_waits_for_ever_but_for_one_that_runs(
    soon: bool,  # noqa: FBT001  hypothesis hands it over
    state: State,
) -> None:
    move = replace(ready(a_slot(soon=soon)), state=state)
    for blocked_by in (None, ERRORED):
        assert isinstance(due(move, at(NOON + 3 * HOUR, blocked_by=blocked_by)), Expire)


def test_what_could_not_begin_because_production_could_not_be_read_says_so() -> None:
    decision = due(ready(), at(NOON + LATE_AFTER, unread="Its server does not answer."))
    assert decision == Expire(
        cause=Cause.LATE,
        said="It could not begin within 30 minutes: Its server does not answer.",
    )
