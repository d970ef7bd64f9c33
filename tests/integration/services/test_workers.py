"""Workers, fences, steps and restore points, as workers and their janitor use them."""

from datetime import timedelta

import pytest

from acme_books import Acme
from journeys import begin, down_align, end
from liftlock.books import Books
from liftlock.domain.audit_events import Tag
from liftlock.domain.fences import NoLongerOwner
from liftlock.domain.move_refusals import MoveNotFound, NotRunning
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.progress import Progress
from liftlock.domain.statuses import State
from liftlock.domain.steps import StepState
from liftlock.domain.workers import ExecutorId
from liftlock.services import (
    audit_events,
    fences,
    moves,
    restore_points,
    runs,
    slots,
    steps,
    workers,
)

ONE, TWO = ExecutorId("host-1-aa"), ExecutorId("host-2-bb")
HALF_A_MINUTE = timedelta(seconds=30)


def test_who_does_not_beat_is_dead_and_who_left_is_forgotten(books: Books) -> None:
    with books.transaction() as tx:
        for executor in (ONE, TWO):
            workers.arrive(tx, executor, "1")
        _ = tx.connection.execute("UPDATE workers SET beat_at = beat_at - interval '31 seconds'")
        assert workers.beat(tx, TWO)
    with books.transaction() as tx:
        # The server itself came up a moment ago: until it is as old as that, nobody is to blame.
        assert workers.dead(tx, HALF_A_MINUTE) in {(), (ONE,)}
        assert workers.dead(tx, timedelta(0)) in {(ONE, TWO), (ONE,), ()}
        workers.leave(tx, ONE)
        assert not workers.beat(tx, ONE)
        assert [worker.executor_id for worker in workers.list_all(tx)] == [TWO]


def test_while_the_server_was_away_nobody_is_to_blame(books: Books) -> None:
    asked = "SELECT extract(epoch FROM now() - pg_postmaster_start_time())"
    with books.transaction() as tx:
        workers.arrive(tx, ONE, "1")
        _ = tx.connection.execute("UPDATE workers SET beat_at = beat_at - interval '9 days'")
        up_s = float(tx.connection.execute(asked).fetchall()[0][0])
        assert workers.dead(tx, timedelta(seconds=up_s + 60)) == ()
        assert workers.dead(tx, timedelta(seconds=up_s / 2)) == (ONE,)


def test_each_step_takes_a_higher_number_and_only_the_owner_does(acme: Acme) -> None:
    move = down_align(acme)
    target = acme.development.id
    with acme.books.transaction() as tx:
        first = fences.take(tx, target, move.id, owns=lambda _: True)
        second = fences.take(tx, target, move.id, owns=lambda _: True)
        assert second > first
    with pytest.raises(NoLongerOwner), acme.books.transaction() as tx:
        _ = fences.take(tx, target, move.id, owns=lambda _: False)
    with acme.books.transaction() as tx:
        fences.require_held(tx, target, move.id, second)
        with pytest.raises(NoLongerOwner):
            fences.require_held(tx, target, move.id, first)


def test_whoever_holds_a_number_keeps_others_from_raising_it(acme: Acme) -> None:
    move = down_align(acme)
    target = acme.development.id
    with acme.books.transaction() as tx:
        number = fences.take(tx, target, move.id, owns=lambda _: True)
    with acme.books.transaction() as holder, acme.books.transaction() as other:
        fences.require_held(holder, target, move.id, number)
        _ = other.connection.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(Exception, match="lock timeout"):
            _ = fences.take(other, target, move.id, owns=lambda _: True)
        other.connection.rollback()


@pytest.fixture
def running(acme: Acme) -> Move:
    _ = down_align(acme)
    return begin(acme)[0]


def test_steps_are_watched_live_and_leave_facts(acme: Acme, running: Move) -> None:
    with acme.books.transaction() as tx:
        steps.begin(tx, running.id, "drain")
        steps.tell(tx, running.id, "drain", Progress(said="ending sessions", done=2, of=5))
    with acme.books.transaction() as tx:
        (shown,) = steps.list_all(tx, acme.eve, running.id)
    assert (shown.name, shown.state, shown.tries) == ("drain", StepState.RUNNING, 1)
    assert shown.progress == Progress(said="ending sessions", done=2, of=5)
    with acme.books.transaction() as tx:
        steps.begin(tx, running.id, "drain")
        facts: steps.Facts = {"sessions": 5, "by": ["crm"], "closed": True}
        steps.end(tx, running.id, "drain", StepState.DONE, said="closed", facts=facts)
        steps.begin(tx, running.id, "undo drain")
        first, second = steps.list_all(tx, acme.eve, running.id)
        assert steps.facts_of(tx, running.id) == {"drain": facts, "undo drain": {}}
        assert runs.steps_begun(tx, running.id) == ("drain", "undo drain")
    assert (first.state, first.tries, first.progress.said) == (StepState.DONE, 2, "closed")
    assert first.ended_at is not None
    assert second.name == "undo drain"


def test_an_ended_step_is_told_no_more_progress(acme: Acme, running: Move) -> None:
    with acme.books.transaction() as tx:
        steps.begin(tx, running.id, "drain")
        steps.end(tx, running.id, "drain", StepState.BROKEN, said="no", facts={})
        steps.tell(tx, running.id, "drain", Progress(said="late"))
        (shown,) = steps.list_all(tx, acme.eve, running.id)
    assert shown.progress.said == "no"


def test_a_run_gets_everything_that_its_steps_work_on(acme: Acme, running: Move) -> None:
    with acme.books.transaction() as tx:
        facts = runs.facts(tx, running.id, fence=7)
        assert runs.running(tx) == (running,)
        assert (runs.begin_attempt(tx, running.id), runs.begin_attempt(tx, running.id)) == (1, 2)
    name = f"liftlock:{facts.installation}:{acme.development.id}:7"
    databases = (*facts.source.databases, *facts.target.databases)
    assert {database.application_name for database in databases} == {name}
    assert len(name.encode()) <= 63
    assert facts.target.environment == acme.development.id
    assert facts.source.environment == acme.production.id
    assert facts.policies["customers"].tables["base.customers"].columns["name"].rule == "full_name"
    assert len(bytes.fromhex(facts.key.get_secret_value())) == 32


def test_a_masking_key_is_the_organisations_and_stays(acme: Acme, running: Move) -> None:
    with acme.books.transaction() as tx:
        first, again = (runs.facts(tx, running.id, fence=n).key for n in (1, 2))
    assert first == again


def test_only_a_running_move_begins_an_attempt(acme: Acme) -> None:
    move = down_align(acme)
    with pytest.raises(NotRunning), acme.books.transaction() as tx:
        _ = runs.begin_attempt(tx, move.id)


def test_a_move_of_nobody_is_not_found(acme: Acme) -> None:
    unknown = MoveId(4711)
    for ask in (runs.load, runs.stop_asked, runs.steps_begun, runs.begin_attempt):
        with pytest.raises(MoveNotFound), acme.books.transaction() as tx:
            _ = ask(tx, unknown)


def test_a_restore_point_is_recorded_listed_and_gone(acme: Acme, running: Move) -> None:
    with acme.books.transaction() as tx:
        restore_points.record(tx, running.id, 4096)
        restore_points.record(tx, running.id, 4096)
        (point,) = restore_points.list_all(tx, acme.ana, acme.development.id)
        assert (point.move, point.size_bytes) == (running.id, 4096)
        restore_points.gone(tx, running.id)
        restore_points.gone(tx, running.id)
        assert restore_points.list_all(tx, acme.ana, acme.development.id) == ()
        events = audit_events.list_all(tx, acme.eve, acme.organisation.id, at_most=3)
    assert [event.tag for event in events] == [
        Tag.RESTORE_POINT_DROPPED,
        Tag.RESTORE_POINT_TAKEN,
        Tag.RESTORE_POINT_TAKEN,
    ]


def kept(acme: Acme, count: int) -> list[Move]:
    made: list[Move] = []
    for _ in range(count):
        move = down_align(acme)
        _ = begin(acme)
        with acme.books.transaction() as tx:
            restore_points.record(tx, move.id, 1)
        made.append(end(acme, move))
    return made


def test_restore_points_may_go_when_there_are_too_many_or_they_are_too_old(acme: Acme) -> None:
    made = kept(acme, 4)
    with acme.books.transaction() as tx:
        assert [point.move for point in restore_points.due(tx)] == [made[0].id]
        restore_points.gone(tx, made[0].id)
        assert restore_points.due(tx) == ()
    with acme.later(timedelta(days=7, minutes=1)) as tx:
        assert {point.move for point in restore_points.due(tx)} == {m.id for m in made[1:]}


def test_while_a_move_is_errored_no_restore_point_of_its_target_goes(acme: Acme) -> None:
    _ = kept(acme, 1)
    errored = down_align(acme)
    _ = begin(acme)
    with acme.later(timedelta(days=9)) as tx:
        _ = runs.end(tx, errored.id, State.ERRORED)
        assert restore_points.due(tx) == ()
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, errored.id, moves.How.MARK_AS_REPAIRED, "by hand")
    with acme.later(timedelta(days=9)) as tx:
        assert len(restore_points.due(tx)) == 1
        assert slots.busy(tx, acme.organisation.id, None) == ()
