import pytest

from liftlock.domain.statuses import (
    ENDS,
    NEXT,
    WAITING,
    MoveKind,
    State,
    UnknownStatus,
    is_over,
    may_follow,
    states_of,
    status_named,
    status_word,
)

LETTER = """
ProposedMoveToStaging   ProposedMoveToProduction   -          ProposedUndo
ValidatedMoveToStaging  ValidatedMoveToProduction  Scheduled  ScheduledUndo
MovingToStaging         MovingToProduction         Aligning   Undoing
MovedToStaging          MovedToProduction          Completed  UndoCompleted
StagingFailed           ProductionFailed           Failed     UndoFailed
StagingErrored          ProductionErrored          Errored    UndoErrored
StagingCanceled         ProductionCanceled         Canceled   UndoCanceled
StagingExpired          ProductionExpired          Expired    UndoExpired
StagingUndone           ProductionUndone           Undone     UndoUndone
"""
WORDS = [
    (kind, state, word)
    for state, line in zip(State, LETTER.strip().splitlines(), strict=True)
    for kind, word in zip(MoveKind, line.split(), strict=True)
    if word != "-"
]


@pytest.mark.parametrize(("kind", "state", "word"), WORDS)
def test_each_status_is_written_to_the_letter_and_read_back(
    kind: MoveKind, state: State, word: str
) -> None:
    assert status_word(kind, state) == word
    assert status_named(word) == (kind, state)


def test_a_down_align_is_never_proposed() -> None:
    assert State.PROPOSED not in states_of(MoveKind.DOWN_ALIGN)
    with pytest.raises(UnknownStatus, match="proposed of a Down Align"):
        status_word(MoveKind.DOWN_ALIGN, State.PROPOSED)


@pytest.mark.parametrize("word", ["StagingCancelled", "stagingcanceled", "", "Running"])
def test_no_other_word_is_a_status(word: str) -> None:
    with pytest.raises(UnknownStatus):
        status_named(word)


@pytest.mark.parametrize("kind", list(MoveKind))
def test_a_life_only_passes_through_states_that_have_a_status(kind: MoveKind) -> None:
    mentioned = set(NEXT[kind]) | {
        state for following in NEXT[kind].values() for state in following
    }
    assert mentioned == set(states_of(kind))


@pytest.mark.parametrize("kind", list(MoveKind))
def test_what_is_over_stays_so_but_the_completed_is_undone_and_counts_again(kind: MoveKind) -> None:
    over = [state for state in State if is_over(state)]
    ways = {(a, b) for a in over for b in State if may_follow(kind, a, b)}
    assert ways == {(State.COMPLETED, State.UNDONE), (State.UNDONE, State.COMPLETED)}


@pytest.mark.parametrize("kind", list(MoveKind))
def test_nothing_runs_that_was_not_validated_and_nothing_ends_that_did_not_run(
    kind: MoveKind,
) -> None:
    assert [s for s in State if may_follow(kind, s, State.RUNNING)] == [State.VALIDATED]
    for end in ENDS:
        came_from = {s for s in State if may_follow(kind, s, end)}
        assert came_from - {State.UNDONE} == {State.RUNNING}


@pytest.mark.parametrize("kind", list(MoveKind))
def test_what_waits_can_be_canceled_and_expire(kind: MoveKind) -> None:
    for state in WAITING & set(states_of(kind)):
        assert may_follow(kind, state, State.CANCELED)
        assert may_follow(kind, state, State.EXPIRED)


def test_every_kind_has_a_title() -> None:
    titles = [kind.title for kind in MoveKind]
    assert titles == ["Move to Staging", "Move to Production", "Down Align", "Undo"]
