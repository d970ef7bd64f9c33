"""Real workers are killed, paused, asked to end; others go on, or put the target back."""

import signal

import pytest

from acme_books import Acme
from eventually import eventually
from liftlock.domain.environments import Kind
from liftlock.domain.moves import TARGET, MoveId
from liftlock.domain.resolutions import How, ResolutionState
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.services import moves, workers
from liftlock.store import resolutions
from liftlock.workflows.registry import TABLES
from town import Town

HELD_AT = {"drain": "drain", "check": "start", "resume": "health-when-open"}
"""One step before the swap (or before Production is changed), one after, one after the opening."""

NEEDS = {
    MoveKind.MOVE_TO_PRODUCTION: MoveKind.MOVE_TO_STAGING,
    MoveKind.UNDO: MoveKind.DOWN_ALIGN,
}
"""What must be completed before a move of this kind."""


def prepared(town: Town, kind: MoveKind) -> MoveId:
    """Schedule a move of this kind; some need another one before them."""
    if kind not in NEEDS:
        return town.schedule(kind)
    first = town.start_worker()
    before = town.run_through(town.schedule(NEEDS[kind]))
    assert first.ask_to_end() == 0
    return town.undo(before.id) if kind is MoveKind.UNDO else town.schedule(kind)


@pytest.mark.parametrize("kind", TABLES, ids=str)
def test_a_move_outlives_every_worker_that_is_killed_under_it(town: Town, kind: MoveKind) -> None:
    move_id = prepared(town, kind)
    target = TARGET.get(kind, Kind.DEVELOPMENT)
    holds = {step: town.hold(target, what) for step, what in HELD_AT.items()}
    for step, hold in holds.items():
        worker = town.start_worker()
        town.await_step(move_id, step)
        worker.kill()
        hold.unlink()
    _ = town.start_worker()
    ended = town.await_end(move_id)
    assert ended.state is State.COMPLETED, ended.cause_said
    assert town.is_open(target)


def test_a_worker_that_is_asked_to_end_hands_its_move_over_at_once(town: Town) -> None:
    move_id = town.schedule(MoveKind.DOWN_ALIGN)
    hold = town.hold(Kind.DEVELOPMENT, "drain")
    first = town.start_worker()
    town.await_step(move_id, "drain")
    second = town.start_worker()
    eventually(lambda: len(working(town.acme)) == 2, 30)
    assert first.ask_to_end() == 0
    assert len(working(town.acme)) == 1
    hold.unlink()
    assert town.await_end(move_id).state is State.COMPLETED
    assert second.ask_to_end() == 0
    assert working(town.acme) == []


def working(acme: Acme) -> list[str]:
    with acme.books.transaction() as tx:
        return [worker.executor_id for worker in workers.list_all(tx)]


def test_a_paused_worker_that_comes_back_disturbs_nobody(town: Town) -> None:
    move_id = town.schedule(MoveKind.DOWN_ALIGN)
    hold = town.hold(Kind.DEVELOPMENT, "drain")
    paused = town.start_worker()
    town.await_step(move_id, "drain")
    paused.process.send_signal(signal.SIGSTOP)
    _ = town.start_worker()
    hold.unlink()
    completed = town.await_end(move_id)
    states = town.step_states(move_id)
    paused.process.send_signal(signal.SIGCONT)
    eventually(lambda: len(working(town.acme)) == 2, 30)
    assert paused.ask_to_end() == 0
    assert completed.state is State.COMPLETED, completed.cause_said
    assert (town.move(move_id), town.step_states(move_id)) == (completed, states)


def test_a_person_stops_a_move_and_the_target_is_as_before(town: Town) -> None:
    before = town.picture(Kind.DEVELOPMENT)
    move_id = town.schedule(MoveKind.DOWN_ALIGN)
    hold = town.hold(Kind.DEVELOPMENT, "drain")
    _ = town.start_worker()
    town.await_step(move_id, "drain")
    with town.acme.books.transaction() as tx:
        _ = moves.stop(tx, town.acme.ana, move_id)
    eventually(lambda: "undo drain" in town.step_states(move_id), 30)
    hold.unlink()
    ended = town.await_end(move_id)
    assert (ended.state, ended.cause) == (State.FAILED, Cause.STOPPED)
    assert town.picture(Kind.DEVELOPMENT) == before
    assert town.is_open(Kind.DEVELOPMENT)


def test_an_errored_move_waits_for_a_person_and_is_put_back_again(town: Town) -> None:
    before = town.picture(Kind.STAGING)
    move_id = town.schedule(MoveKind.MOVE_TO_STAGING)
    failing = town.fail(Kind.STAGING, "start")
    _ = town.start_worker()
    errored = town.await_end(move_id)
    assert errored.state is State.ERRORED
    assert "start of Staging ended with exit code 1" in errored.cause_said
    assert "Then undo drain broke" in errored.cause_said
    resolve(town, move_id)
    eventually(lambda: ResolutionState.FAILED in resolutions_of(town, move_id), 60)
    failing.unlink()
    resolve(town, move_id)
    town.await_resolution(move_id)
    assert town.move(move_id).state is State.ERRORED
    assert town.picture(Kind.STAGING) == before
    assert town.is_open(Kind.STAGING)


def resolutions_of(town: Town, move_id: MoveId) -> list[ResolutionState]:
    with town.acme.books.transaction() as tx:
        return [r.state for r in resolutions.of_move(tx, town.organisation, move_id)]


def resolve(town: Town, move_id: MoveId) -> None:
    with town.acme.books.transaction() as tx:
        _ = moves.resolve(tx, town.acme.ben, move_id, How.PUT_BACK_AGAIN)
