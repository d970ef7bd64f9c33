from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ANA, BEN, CEM, NOON, a_baseline, a_move, a_slot, installed
from liftlock.domain.contents import Baseline
from liftlock.domain.move_refusals import (
    AlreadyOpened,
    AlreadyResolved,
    AlreadyValidated,
    DateIsFixed,
    MoveHasBegun,
    MoveIsOver,
    NotErrored,
    NotRunning,
    NotWaiting,
    OwnProposal,
    ReasonMissing,
    StagingTestedAgainstAnotherProduction,
    StaleValidation,
    TransitionRefused,
    ValidatedTooLate,
)
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.statuses import (
    ENDS,
    WAITING,
    Cause,
    MoveKind,
    State,
    is_over,
    may_follow,
    states_of,
)
from liftlock.errors import LiftlockError

BEFORE = NOON - timedelta(hours=1)
LIVES = [(kind, state) for kind in MoveKind for state in states_of(kind)]
VALIDATED_KINDS = [kind for kind in MoveKind if kind is not MoveKind.DOWN_ALIGN]
OTHER_PRODUCTION = a_baseline(installed("hotfix"))


def validated(move: Move, by: PersonId = BEN, present: Baseline | None = None) -> Move:
    now = present or move.content.baseline
    seen = move.against(now).digest
    return move.validate(by=by, at=BEFORE, seen=seen, present=now, four_eyes=True)


@pytest.mark.parametrize("kind", VALIDATED_KINDS)
def test_a_validated_proposal_says_who_validated_what(kind: MoveKind) -> None:
    move = validated(a_move(kind))
    assert move.state is State.VALIDATED
    assert move.validated == Signature(by=BEN, at=BEFORE)
    assert move.validated_content == move.digest


def test_accepted_by_is_the_validator_or_for_a_move_to_production_the_tester() -> None:
    tester = Signature(by=CEM, at=BEFORE)
    assert validated(a_move()).accepted == Signature(by=BEN, at=BEFORE)
    upward = a_move(MoveKind.MOVE_TO_PRODUCTION, accepted=tester)
    assert validated(upward).accepted == tester


def test_who_submitted_it_does_not_validate_it() -> None:
    with pytest.raises(OwnProposal, match="You submitted move 7"):
        validated(a_move(), by=ANA)


def test_who_modified_its_date_does_not_validate_it_nor_does_the_submitter_then() -> None:
    moved = a_move().modify_date(by=BEN, at=BEFORE, slot=a_slot(NOON + timedelta(hours=2)))
    with pytest.raises(OwnProposal, match="You modified the date of move 7"):
        validated(moved, by=BEN)
    with pytest.raises(OwnProposal, match="You submitted"):
        validated(moved, by=ANA)
    assert validated(moved, by=CEM).state is State.VALIDATED


def test_without_four_eyes_one_may_validate_ones_own() -> None:
    move = a_move()
    own = move.validate(
        by=ANA, at=BEFORE, seen=move.digest, present=move.content.baseline, four_eyes=False
    )
    assert own.validated == Signature(by=ANA, at=BEFORE)


def test_validating_twice_is_refused() -> None:
    with pytest.raises(AlreadyValidated, match="is ValidatedMoveToStaging already"):
        validated(validated(a_move()))


def test_an_expired_one_is_not_validated() -> None:
    with pytest.raises(NotWaiting, match="is StagingExpired"):
        validated(a_move(state=State.EXPIRED))


def test_nobody_validates_a_down_align() -> None:
    with pytest.raises(NotWaiting, match="is Scheduled"):
        validated(a_move(MoveKind.DOWN_ALIGN, State.VALIDATED))


@pytest.mark.parametrize(("soon", "minutes"), [(False, 0), (True, 30)])
def test_a_validation_that_comes_when_the_proposal_expires_is_refused(
    *, soon: bool, minutes: int
) -> None:
    move = a_move(slot=a_slot(soon=soon))
    last = NOON + timedelta(minutes=minutes)

    def at(instant: object) -> Move:
        return move.validate(
            by=BEN,
            at=instant,  # pyright: ignore[reportArgumentType]
            seen=move.digest,
            present=move.content.baseline,
            four_eyes=True,
        )

    assert at(last - timedelta(seconds=1)).state is State.VALIDATED
    with pytest.raises(ValidatedTooLate):
        at(last)


def test_what_changed_after_it_was_seen_is_not_validated() -> None:
    seen = a_move().digest
    moved = a_move().modify_date(by=CEM, at=BEFORE, slot=a_slot(NOON + timedelta(hours=2)))
    with pytest.raises(StaleValidation, match="its date, modules or scope were modified"):
        moved.validate(by=BEN, at=BEFORE, seen=seen, present=moved.content.baseline, four_eyes=True)


def test_a_change_of_production_is_named_and_can_be_validated_once_seen() -> None:
    move = a_move()
    with pytest.raises(StaleValidation, match=r"module hotfix 1\.0 is new in Production") as caught:
        move.validate(by=BEN, at=BEFORE, seen=move.digest, present=OTHER_PRODUCTION, four_eyes=True)
    again = validated(move, present=OTHER_PRODUCTION)
    assert again.validated_content == caught.value.fields["present"] == again.digest
    assert again.content.baseline == OTHER_PRODUCTION


def test_a_stale_validation_is_given_again() -> None:
    first = replace(validated(a_move()), changed=("module hotfix",))
    again = validated(first, by=CEM, present=OTHER_PRODUCTION)
    assert again.validated == Signature(by=CEM, at=BEFORE)
    assert again.changed == ()


def test_a_move_to_production_tested_against_another_production_cannot_be_validated() -> None:
    with pytest.raises(StagingTestedAgainstAnotherProduction, match="module hotfix"):
        validated(a_move(MoveKind.MOVE_TO_PRODUCTION), present=OTHER_PRODUCTION)


@pytest.mark.parametrize("kind", VALIDATED_KINDS)
def test_a_change_of_production_makes_stale_what_a_person_validated(kind: MoveKind) -> None:
    assert a_move(kind).stale(OTHER_PRODUCTION) == ("module hotfix 1.0 is new in Production",)
    assert a_move(kind).stale(a_baseline()) == ()


def test_a_down_align_takes_production_as_it_finds_it() -> None:
    assert a_move(MoveKind.DOWN_ALIGN, State.VALIDATED).stale(OTHER_PRODUCTION) == ()


def test_a_modified_date_takes_any_validation_away() -> None:
    slot = a_slot(NOON + timedelta(hours=3))
    moved = validated(a_move()).modify_date(by=CEM, at=BEFORE, slot=slot)
    assert (moved.state, moved.slot) == (State.PROPOSED, slot)
    assert (moved.validated, moved.validated_content, moved.accepted) == (None, None, None)
    assert moved.date_modified == Signature(by=CEM, at=BEFORE)


def test_a_modified_date_does_not_take_back_that_somebody_tested() -> None:
    tester = Signature(by=ANA, at=BEFORE)
    move = a_move(MoveKind.MOVE_TO_PRODUCTION, accepted=tester)
    assert move.modify_date(by=CEM, at=BEFORE, slot=a_slot()).accepted == tester


def test_the_date_of_a_down_align_is_not_modified() -> None:
    move = a_move(MoveKind.DOWN_ALIGN, State.VALIDATED)
    with pytest.raises(DateIsFixed, match="The date of a Down Align"):
        move.modify_date(by=BEN, at=BEFORE, slot=a_slot())


def test_a_proposal_whose_slot_has_begun_gets_no_other_date() -> None:
    with pytest.raises(ValidatedTooLate):
        a_move().modify_date(by=BEN, at=NOON, slot=a_slot(NOON + timedelta(hours=2)))


@pytest.mark.parametrize(("kind", "state"), LIVES)
def test_only_what_waits_can_be_withdrawn_canceled_moved_or_expire(
    kind: MoveKind, state: State
) -> None:
    move = a_move(kind, state)

    def tried() -> list[Move]:
        given_up = [
            move.withdraw(at=BEFORE),
            move.cancel(reason="not now", at=BEFORE),
            move.expire(cause=Cause.LATE, said="late", at=BEFORE),
        ]
        assert all(m.ended_at == BEFORE and is_over(m.state) for m in given_up)
        return given_up

    if state in WAITING:
        causes = [m.cause for m in tried()]
        assert causes == [Cause.WITHDRAWN, Cause.CANCELED, Cause.LATE]
    else:
        with pytest.raises(MoveHasBegun if state is State.RUNNING else MoveIsOver):
            tried()


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_canceling_needs_a_reason(reason: str) -> None:
    with pytest.raises(ReasonMissing, match="canceling move 7 needs a reason"):
        a_move().cancel(reason=reason, at=BEFORE)


def test_the_reason_is_kept() -> None:
    assert a_move().cancel(reason=" wrong modules ", at=BEFORE).cause_said == "wrong modules"


def test_it_begins_with_the_names_of_its_steps() -> None:
    running = validated(a_move()).begin(at=NOON, steps=("drain", "install"))
    assert (running.state, running.begun_at) == (State.RUNNING, NOON)
    assert running.steps == ("drain", "install")
    assert running.next_attempt().next_attempt().attempt == 2


@pytest.mark.parametrize(("kind", "state"), LIVES)
def test_only_a_validated_move_begins(kind: MoveKind, state: State) -> None:
    move = a_move(kind, state)
    if state is State.VALIDATED:
        assert move.begin(at=NOON, steps=("drain",)).state is State.RUNNING
    else:
        with pytest.raises(TransitionRefused, match="cannot become running"):
            move.begin(at=NOON, steps=("drain",))


@pytest.mark.parametrize("end", list(State))
def test_a_run_ends_completed_failed_or_errored(end: State) -> None:
    running = a_move(state=State.RUNNING)
    if end in ENDS:
        ended = running.end(end, at=NOON, cause=Cause.BROKE, said="the disk is full")
        assert (ended.state, ended.ended_at, ended.cause) == (end, NOON, Cause.BROKE)
    else:
        with pytest.raises(TransitionRefused):
            running.end(end, at=NOON)


def test_what_does_not_run_does_not_end() -> None:
    with pytest.raises(TransitionRefused):
        a_move(state=State.COMPLETED).end(State.UNDONE, at=NOON)


def test_the_first_wish_to_stop_counts() -> None:
    asked = a_move(state=State.RUNNING).ask_stop(by=BEN, at=NOON)
    assert asked.stop_asked == Signature(by=BEN, at=NOON)
    assert asked.ask_stop(by=CEM, at=NOON + timedelta(minutes=1)) == asked


def test_once_people_are_in_nothing_is_stopped() -> None:
    with pytest.raises(AlreadyOpened):
        a_move(state=State.RUNNING).ask_stop(by=BEN, at=NOON, opened=True)


@pytest.mark.parametrize("state", [s for s in State if s is not State.RUNNING])
def test_what_does_not_run_is_neither_stopped_nor_tried_again(state: State) -> None:
    with pytest.raises(NotRunning):
        a_move(state=state).ask_stop(by=BEN, at=NOON)
    with pytest.raises(NotRunning):
        a_move(state=state).next_attempt()


@pytest.mark.parametrize("state", list(State))
def test_a_running_move_blocks_and_an_errored_one_until_it_is_resolved(state: State) -> None:
    move = a_move(state=state)
    assert move.blocks == (state in {State.RUNNING, State.ERRORED})
    assert not replace(move, state=State.ERRORED, resolved=move.submitted).blocks


def test_a_person_marks_an_errored_move_as_repaired_with_a_note() -> None:
    errored = a_move(state=State.ERRORED)
    repaired = errored.mark_as_repaired(by=BEN, at=NOON, note="restored by hand")
    assert repaired.status == "StagingErrored"
    assert repaired.resolved == Signature(by=BEN, at=NOON)
    assert repaired.resolved_note == "restored by hand"
    with pytest.raises(ReasonMissing, match="needs a note"):
        errored.mark_as_repaired(by=BEN, at=NOON, note=" ")


def test_what_was_put_back_again_keeps_its_status_and_blocks_no_longer() -> None:
    back = a_move(state=State.ERRORED).put_back_again(by=BEN, at=NOON)
    assert (back.status, back.blocks) == ("StagingErrored", False)
    with pytest.raises(AlreadyResolved):
        back.put_back_again(by=BEN, at=NOON)


@pytest.mark.parametrize("state", [s for s in State if s is not State.ERRORED])
def test_only_an_errored_move_is_resolved(state: State) -> None:
    with pytest.raises(NotErrored):
        a_move(state=state).require_unresolved()


def test_only_what_was_completed_is_undone() -> None:
    assert a_move(state=State.COMPLETED).undone(by=MoveId(9)).status == "StagingUndone"
    with pytest.raises(TransitionRefused):
        a_move(state=State.FAILED).undone(by=MoveId(9))


def test_what_was_undone_says_by_which_undo_and_counts_again_when_that_is_undone() -> None:
    undone = a_move(state=State.COMPLETED).undone(by=MoveId(9))
    assert undone.undone_by == 9
    again = undone.counts_again()
    assert (again.status, again.undone_by) == ("MovedToStaging", None)
    with pytest.raises(TransitionRefused):
        a_move(state=State.FAILED).counts_again()


@pytest.mark.parametrize("state", list(State))
def test_a_booking_counts_while_its_move_waits_or_runs(state: State) -> None:
    assert a_move(state=state).holds_slot == (not is_over(state))


DEEDS: dict[str, Callable[[Move], Move]] = {
    "validate": validated,
    "modify_date": lambda m: m.modify_date(by=CEM, at=BEFORE, slot=a_slot()),
    "withdraw": lambda m: m.withdraw(at=BEFORE),
    "cancel": lambda m: m.cancel(reason="no", at=BEFORE),
    "expire": lambda m: m.expire(cause=Cause.LATE, said="late", at=NOON),
    "begin": lambda m: m.begin(at=NOON, steps=("drain",)),
    "complete": lambda m: m.end(State.COMPLETED, at=NOON),
    "fail": lambda m: m.end(State.FAILED, at=NOON, cause=Cause.BROKE),
    "err": lambda m: m.end(State.ERRORED, at=NOON, cause=Cause.BROKE),
    "stop": lambda m: m.ask_stop(by=BEN, at=NOON),
    "repair": lambda m: m.mark_as_repaired(by=BEN, at=NOON, note="done"),
    "undo": lambda m: m.undone(by=MoveId(9)),
    "count again": lambda m: m.counts_again(),
}


@given(st.sampled_from(list(MoveKind)), st.lists(st.sampled_from(sorted(DEEDS)), max_size=15))
def test_whatever_is_done_in_whatever_order_a_life_follows_the_table(
    kind: MoveKind, deeds: list[str]
) -> None:
    first = State.VALIDATED if kind is MoveKind.DOWN_ALIGN else State.PROPOSED
    move = a_move(kind, first)
    for deed in deeds:
        before = move
        try:
            move = DEEDS[deed](move)
        except LiftlockError:
            continue
        assert move.state is before.state or may_follow(kind, before.state, move.state)
        assert move.status
        if move.state is State.RUNNING and kind is not MoveKind.DOWN_ALIGN:
            assert move.validated is not None
            assert move.validated.by not in {ANA, move.date_modified and move.date_modified.by}
