"""Undos: what falls with a move, what counts again, what would go; without any database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, a_baseline, a_move, a_slot, installed
from liftlock.domain.contents import Content, Scope, Undoing, content_digest
from liftlock.domain.directions import UndoneEnvironmentMissing, scheduled_from, target_of
from liftlock.domain.due import Expire, Surroundings, Wait, due
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Installed
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.proposals import first_state
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.domain.undos import (
    ModulesNewer,
    NotUndoable,
    OthersFall,
    ReplacedSince,
    counting_again,
    falling,
    modules_going,
    require_modules_as_kept,
    require_seen,
    require_undoable,
    what_changed,
)

SCOPES = [Scope(systemdb_and_files=s, data=d) for s in (True, False) for d in (True, False)]
WHOLE, SYSTEM, DATA, NOTHING = SCOPES


def completed(number: int, scope: Scope = WHOLE, kind: MoveKind = MoveKind.DOWN_ALIGN) -> Move:
    """Return a move that was completed so many minutes after noon."""
    move = a_move(kind, State.COMPLETED, id=MoveId(number))
    content = replace(move.content, scope=scope)
    return replace(move, content=content, ended_at=NOON + timedelta(minutes=number))


def an_undo(environment: Kind, *falls: int) -> Move:
    undo = a_move(MoveKind.UNDO, State.VALIDATED)
    undoing = Undoing(environment=environment, move=3, falls=falls)
    return replace(undo, content=replace(undo.content, undoing=undoing))


def test_only_an_undo_of_production_waits_for_a_validation() -> None:
    for kind in Kind:
        undo = an_undo(kind)
        proposed = kind is Kind.PRODUCTION
        assert undo.needs_validation is proposed
        assert first_state(MoveKind.UNDO, undo.content) is (
            State.PROPOSED if proposed else State.VALIDATED
        )
        assert scheduled_from(MoveKind.UNDO, kind) is kind
        assert target_of(MoveKind.UNDO, kind) is kind
    with pytest.raises(UndoneEnvironmentMissing):
        _ = target_of(MoveKind.UNDO)


@given(st.integers(1, 9), st.lists(st.integers(10, 20), unique=True), st.sampled_from(Kind))
def test_a_validation_covers_what_is_undone_and_what_falls_with_it(
    move: int, falls: list[int], kind: Kind
) -> None:
    plain = Content(packages=(), scope=WHOLE, baseline=a_baseline())
    undoing = Undoing(environment=kind, move=move, falls=tuple(falls))
    digest = content_digest(replace(plain, undoing=undoing), a_slot())
    others = {
        replace(undoing, move=move + 1),
        replace(undoing, falls=(*undoing.falls, 21)),
        *(replace(undoing, environment=other) for other in Kind if other is not kind),
    }
    assert digest != content_digest(plain, a_slot())
    for other in others:
        assert digest != content_digest(replace(plain, undoing=other), a_slot())
    turned = replace(undoing, falls=undoing.falls[::-1])
    assert digest == content_digest(replace(plain, undoing=turned), a_slot())


@pytest.mark.parametrize("state", [s for s in State if s is not State.COMPLETED])
def test_only_what_was_completed_can_be_undone(state: State) -> None:
    with pytest.raises(NotUndoable):
        require_undoable(a_move(state=state))


@given(st.sampled_from(SCOPES), st.lists(st.sampled_from(SCOPES), max_size=6))
def test_what_stays_and_what_falls_is_never_half_of_a_move(
    scope: Scope, later: list[Scope]
) -> None:
    move = completed(1, scope)
    moves = [completed(n, each) for n, each in enumerate(later, start=2)]
    kept = parts(scope)
    if any(parts(each) & kept and not parts(each) <= kept for each in later):
        with pytest.raises(ReplacedSince):
            _ = falling(move, moves)
        return
    fallen = falling(move, moves)
    assert [m.id for m in fallen] == [m.id for m in moves if parts(m.content.scope) & kept]


def parts(scope: Scope) -> set[str]:
    if scope == NOTHING:
        return {"system", "data"}
    chosen = {"system": scope.systemdb_and_files, "data": scope.data}
    return {part for part, is_in in chosen.items() if is_in}


def test_what_falls_must_have_been_seen() -> None:
    fallen = (completed(2), completed(3))
    require_seen(completed(1), fallen, [3, 2])
    with pytest.raises(OthersFall, match="Down Align 2"):
        require_seen(completed(1), fallen, [2])
    with pytest.raises(OthersFall):
        require_seen(completed(1), (), [2])


def test_data_alone_does_not_go_back_behind_modules() -> None:
    before, now = [installed("base")], [installed("base"), installed("crm", "2.0")]
    require_modules_as_kept(completed(1), before, now)
    require_modules_as_kept(completed(1, DATA), now, now)
    with pytest.raises(ModulesNewer, match=r"crm 2\.0"):
        require_modules_as_kept(completed(1, DATA), before, now)


MODULES = st.lists(
    st.builds(installed, st.sampled_from("abcd"), st.sampled_from(["1.0", "2.0"])),
    unique_by=lambda m: m.code,
)


@given(MODULES, MODULES)
def test_what_goes_and_what_returns_is_what_differs(
    before: list[Installed], now: list[Installed]
) -> None:
    goes, returns = modules_going(before, now)
    assert {each.module for each in goes} == set(now) - set(before)
    assert {m.code for m in returns} == {m.code for m in before} - {m.code for m in now}
    becoming = {each.module.code: each.becomes for each in goes}
    assert all(becoming[m.code] == m.version for m in before if m.code in becoming)


def test_what_an_undone_undo_had_undone_counts_again_but_not_what_came_later() -> None:
    first, second, undo = completed(1), completed(2), completed(3, kind=MoveKind.UNDO)
    assert counting_again([undo], [first, second]) == (first, second)
    assert counting_again([first, undo], [second]) == ()
    assert counting_again([], []) == ()


def test_an_undo_is_outdated_by_what_was_completed_since() -> None:
    undo = an_undo(Kind.STAGING, 5)
    assert what_changed(undo, [completed(5)]) == ()
    assert what_changed(undo, [completed(5), completed(6)]) == ("Down Align 6 was completed since",)
    assert what_changed(undo, []) == ("other moves would fall with it",)


def test_what_nobody_validates_expires_at_once_when_it_is_outdated() -> None:
    around = Surroundings(now=NOON, changed=("Down Align 6 was completed since",))
    soon = {"slot": a_slot(soon=True)}
    decided = due(replace(an_undo(Kind.STAGING), **soon), around)
    assert decided == Expire(
        cause=Cause.STALE,
        said="It is no longer what was scheduled: Down Align 6 was completed since.",
    )
    assert isinstance(due(replace(an_undo(Kind.PRODUCTION), **soon), around), Wait)
