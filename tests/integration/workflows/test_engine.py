"""What we rely on in the engine, its private parts included: one test for each."""

import importlib.metadata
import logging
import os
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import psycopg
import pytest
from pydantic import SecretStr

from eventually import eventually
from liftlock.books import Books, Transaction
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.workflows import engine, engine_database
from liftlock.workflows.engine import Body, EngineNotReady, Plain
from liftlock.workflows.engine_database import ConnectionsClosed
from postgres import Server

ACME, ZENITH = OrganisationId(1), OrganisationId(2)


class WorkerDied(BaseException):
    """What a thread of a dead worker meets."""


@pytest.fixture
def engine_url(books_url: SecretStr) -> SecretStr:
    engine.migrate(books_url)
    return books_url


@contextmanager
def running(url: SecretStr, executor: str, bodies: Mapping[str, Body]) -> Generator[None]:
    engine.start(url, executor_id=executor, bodies=bodies, polling_s=0.05)
    try:
        yield
    finally:
        engine.stop()


def enqueue(books: Books, number: int, organisation: OrganisationId = ACME) -> None:
    with books.transaction() as tx:
        engine.enqueue(tx, "probe.v1", str(number), MoveId(number), organisation)


def status(books: Books, number: int) -> str | None:
    with books.transaction() as tx:
        found = engine.standing(tx, [str(number)]).get(str(number))
    return found.status if found else None


def noted(said: list[str], name: str) -> Callable[[], Plain]:
    """Return an act that writes down that it was carried out."""

    def act() -> Plain:
        said.append(name)
        return {"said": name}

    return act


def test_the_engine_is_the_one_that_was_tried() -> None:
    assert importlib.metadata.version("dbos") == "3.4.0"


def test_a_move_is_handed_over_only_when_the_books_say_that_it_runs(
    books: Books, engine_url: SecretStr
) -> None:
    done: list[int] = []
    with books.transaction() as tx:
        engine.enqueue(tx, "probe.v1", "1", MoveId(1), ACME)
        tx.connection.rollback()
    enqueue(books, 2)
    enqueue(books, 2)
    with running(engine_url, "a", {"probe.v1": done.append}):
        eventually(lambda: status(books, 2) == "SUCCESS")
    assert done == [2]
    assert status(books, 1) is None


def test_what_is_done_is_not_done_again_when_another_worker_takes_over(
    books: Books, engine_url: SecretStr
) -> None:
    said: list[str] = []
    reached, gone = threading.Event(), threading.Event()

    def dying() -> Plain:
        reached.set()
        assert gone.wait(20)
        raise WorkerDied

    def body(second: Callable[[], Plain], move: MoveId) -> None:
        said.append(f"begun {move}")
        assert engine.once("first", noted(said, "first")) == {"said": "first"}
        assert engine.once("second", second) == {"said": "second"}

    enqueue(books, 1)
    with running(engine_url, "a", {"probe.v1": partial(body, dying)}):
        assert reached.wait(20)
        with books.transaction() as tx:
            assert engine.executors_at_work(tx) == {"a"}
    gone.set()
    with running(engine_url, "b", {"probe.v1": partial(body, noted(said, "second"))}):
        assert (engine.recover(["a"]), engine.recover(["a"])) == (1, 0)
        eventually(lambda: status(books, 1) == "SUCCESS")
    assert said == ["begun 1", "first", "begun 1", "second"]


def test_only_the_execution_that_owns_a_workflow_is_told_so(
    books: Books, engine_url: SecretStr
) -> None:
    owned: list[bool] = []

    def act() -> Plain:
        with books.transaction() as tx:
            owned.append(engine.owns(tx))
            _ = tx.connection.execute("UPDATE dbos.workflow_status SET owner_xid = 'another'")
        with books.transaction() as tx:
            owned.append(engine.owns(tx))
        return {}

    def body(move: MoveId) -> None:
        del move
        _ = engine.once("act", act)

    enqueue(books, 1)
    with running(engine_url, "a", {"probe.v1": body}):
        eventually(lambda: len(owned) == 2)
        with books.transaction() as tx:
            assert not engine.owns(tx)
    assert owned == [True, False]


def test_a_workflow_goes_on_when_the_books_were_away_as_an_act_was_noted(
    books: Books, engine_url: SecretStr, books_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Their socket is gone then, which the engine does not take for a lost connection."""
    said: list[str] = []

    def act() -> Plain:
        books_server.embedded.stop(immediately=True)
        return {}

    def body(move: MoveId) -> None:
        _ = engine.once("act", act)
        said.append(f"after {move}")

    enqueue(books, 1)
    waits = "Database connection failed"
    with running(engine_url, "a", {"probe.v1": body}):
        try:
            eventually(lambda: any(m.startswith(waits) for m in caplog.messages), 20)
        finally:
            books_server.embedded.start()
        eventually(lambda: status(books, 1) == "SUCCESS", 30)
    assert said == ["after 1"]


def test_connections_in_use_at_the_end_are_closed_when_given_back_and_no_others_are_made(
    engine_url: SecretStr,
) -> None:
    connections = engine_database.opened(engine_url)
    with connections.connect() as used:
        driver = used.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        engine_database.close(connections)
        assert not driver.closed
    assert driver.closed
    with pytest.raises(ConnectionsClosed):
        _ = connections.connect()


def test_what_nothing_works_at_is_known_and_goes_back_to_the_queue(
    books: Books, engine_url: SecretStr
) -> None:
    claims: list[frozenset[str]] = []
    ended = threading.Event()

    def body(move: MoveId) -> None:
        del move
        with books.transaction() as tx:
            claims.append(engine.unattended(tx, "a"))
        if len(claims) == 1:
            ended.set()
            raise WorkerDied

    def left(tx: Transaction) -> frozenset[str]:
        return engine.unattended(tx, "a")

    enqueue(books, 1)
    with running(engine_url, "a", {"probe.v1": body}):
        assert ended.wait(20)
        (claim,) = eventually(lambda: books.retrying(left))
        assert status(books, 1) == "PENDING"
        with books.transaction() as tx:
            assert engine.give_back(tx, "a", ["another"]) == 0
            assert engine.give_back(tx, "b", [claim]) == 0
            assert engine.give_back(tx, "a", [claim]) == 1
        eventually(lambda: status(books, 1) == "SUCCESS")
    assert claims == [frozenset(), frozenset()], "what is worked at is not among them"


def test_two_moves_of_one_organisation_never_run_at_once(
    books: Books, engine_url: SecretStr
) -> None:
    at_work: set[int] = set()
    together: set[frozenset[int]] = set()
    lock, all_in = threading.Lock(), threading.Barrier(2, timeout=20)

    def act(move: MoveId) -> Plain:
        with lock:
            at_work.add(move)
        _ = all_in.wait()
        with lock:
            together.add(frozenset(at_work))
        _ = all_in.wait()
        with lock:
            at_work.discard(move)
        return {}

    def body(move: MoveId) -> None:
        _ = engine.once("act", partial(act, move))

    for number, organisation in ((1, ACME), (2, ACME), (3, ZENITH), (4, ZENITH)):
        enqueue(books, number, organisation)
    with running(engine_url, "a", {"probe.v1": body}):
        eventually(lambda: [status(books, n) for n in (1, 2, 3, 4)] == ["SUCCESS"] * 4, 30)
    assert together
    assert all(len(pair & {1, 2}) == len(pair & {3, 4}) == 1 for pair in together)


def test_what_ended_long_ago_is_forgotten(books: Books, engine_url: SecretStr) -> None:
    enqueue(books, 1)
    with running(engine_url, "a", {"probe.v1": lambda _: None}):
        eventually(lambda: status(books, 1) == "SUCCESS")
        assert engine.forget_ended(datetime(2020, 1, 1, tzinfo=UTC)) == 0
        assert engine.forget_ended(datetime.now(tz=UTC)) == 1
    assert status(books, 1) is None


def test_a_worker_does_not_start_on_books_that_lack_the_engines_tables(
    books: Books, books_url: SecretStr
) -> None:
    del books
    with pytest.raises(EngineNotReady, match="liftlock init"):
        engine.start(books_url, executor_id="a", bodies={})


def test_the_engine_does_not_obey_its_own_variables(
    engine_url: SecretStr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBOS_SYSTEM_DATABASE_URL", "postgresql://nowhere.invalid/x")
    with running(engine_url, "a", {}):
        assert not [name for name in os.environ if name.startswith("DBOS_")]


def test_what_an_exception_says_does_not_reach_the_log(
    books: Books, engine_url: SecretStr, caplog: pytest.LogCaptureFixture
) -> None:
    def body(move: MoveId) -> None:
        _ = int(f"value of somebody: {move}")

    enqueue(books, 1)
    with caplog.at_level(logging.INFO), running(engine_url, "a", {"probe.v1": body}):
        eventually(lambda: status(books, 1) == "ERROR")
    assert "ValueError" in caplog.text
    assert "value of somebody" not in caplog.text
