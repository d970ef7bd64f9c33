"""Who is taken for dead, and who is not."""

from collections.abc import Generator

import pytest

from acme_books import Acme
from eventually import eventually
from liftlock.domain.moves import MoveId
from liftlock.domain.workers import ExecutorId
from liftlock.services import workers
from liftlock.workflows import engine
from liftlock.workflows.failover import Failover, Heartbeat
from probing import begun

QUICK = Heartbeat(every_s=0.05, death_s=0.5)
ME, OTHER = ExecutorId("me"), ExecutorId("other")


@pytest.fixture
def failover(acme: Acme) -> Generator[Failover]:
    engine.migrate(acme.url)
    failover = Failover(acme.books, ME, QUICK)
    engine.start(acme.url, executor_id=ME, bodies={}, polling_s=60)
    failover.start()
    yield failover
    failover.leave()
    engine.stop()


def listed(acme: Acme) -> set[str]:
    with acme.books.transaction() as tx:
        return {worker.executor_id for worker in workers.list_all(tx)}


def hand_to(acme: Acme, move: MoveId, executor: ExecutorId) -> None:
    """Let the engine say that this executor carries out a move."""
    with acme.books.transaction() as tx:
        engine.enqueue(tx, "probe.v1", str(move), move, acme.organisation.id)
        _ = tx.connection.execute(
            "UPDATE dbos.workflow_status"
            " SET status = 'PENDING', executor_id = %(who)s, owner_xid = 'token'",
            {"who": executor},
        )


def at_work(acme: Acme) -> frozenset[str]:
    with acme.books.transaction() as tx:
        return engine.executors_at_work(tx)


def arrive(acme: Acme, executor: ExecutorId) -> None:
    with acme.books.transaction() as tx:
        workers.arrive(tx, executor, "1")


def test_the_moves_of_a_worker_that_falls_silent_go_back_to_the_queue(
    acme: Acme, failover: Failover
) -> None:
    del failover
    move = begun(acme)
    arrive(acme, OTHER)
    hand_to(acme, move, OTHER)
    eventually(lambda: at_work(acme) == frozenset())
    eventually(lambda: listed(acme) == {ME})


def test_the_moves_of_a_worker_that_has_left_go_back_at_once(
    acme: Acme, failover: Failover
) -> None:
    del failover
    hand_to(acme, begun(acme), OTHER)
    eventually(lambda: at_work(acme) == frozenset())


def test_a_move_of_its_own_that_nothing_works_at_goes_back_after_a_while(
    acme: Acme, failover: Failover
) -> None:
    del failover
    hand_to(acme, begun(acme), ME)
    assert at_work(acme) == {ME}
    eventually(lambda: at_work(acme) == frozenset())


def test_nobody_takes_the_moves_of_a_worker_that_beats(acme: Acme, failover: Failover) -> None:
    del failover
    move = begun(acme)
    arrive(acme, OTHER)
    hand_to(acme, move, OTHER)
    beats: list[bool] = []

    def beat_often() -> bool:
        with acme.books.transaction() as tx:
            beats.append(workers.beat(tx, OTHER))
        return len(beats) > 60

    eventually(beat_often)
    assert all(beats)
    assert at_work(acme) == {OTHER}


def test_a_worker_that_others_took_off_the_list_arrives_anew(
    acme: Acme, failover: Failover
) -> None:
    del failover
    with acme.books.transaction() as tx:
        workers.leave(tx, ME)
    eventually(lambda: listed(acme) == {ME})


def test_a_worker_that_leaves_is_off_the_list(acme: Acme) -> None:
    failover = Failover(acme.books, ME, QUICK)
    assert listed(acme) == {ME}
    failover.start()
    failover.leave()
    assert listed(acme) == set()
