"""A transaction in the books: all or nothing, at the database's time, tried again."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from liftlock import clock
from liftlock.books import Books, BooksUnavailable, Transaction
from liftlock.domain.workers import ExecutorId
from liftlock.services import installations, workers
from liftlock.store.master_keys import MasterKey
from own_books import at
from postgres import Server

MAY_29 = datetime(2026, 5, 29, 22, tzinfo=UTC)


def test_an_error_takes_everything_back(books: Books) -> None:
    def arrive_and_break(tx: Transaction) -> None:
        workers.arrive(tx, ExecutorId("one"), "1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), books.transaction() as tx:
        arrive_and_break(tx)
    with books.transaction() as tx:
        assert workers.list_all(tx) == ()


def test_a_test_sets_the_time(books: Books, books_url: SecretStr, master_key: MasterKey) -> None:
    with books.transaction() as tx:
        assert abs(tx.now - datetime.now(tz=UTC)) < timedelta(minutes=1)
    with at(books_url, master_key, MAY_29) as tx:
        assert tx.now == MAY_29


def test_only_in_a_database_that_is_marked(
    books_database: SecretStr, master_key: MasterKey
) -> None:
    with at(books_database, master_key, MAY_29) as tx:
        assert tx.now > MAY_29 - timedelta(days=3650)
        assert tx.now != MAY_29


def test_work_is_tried_again_when_the_server_cut_the_connection(
    books: Books, books_server: Server
) -> None:
    tried: list[int] = []

    def work(tx: Transaction) -> str:
        tried.append(len(tried))
        workers.arrive(tx, ExecutorId(f"try {len(tried)}"), "1")
        if len(tried) == 1:
            books_server.run_as_superuser(
                f"SELECT pg_terminate_backend({tx.connection.info.backend_pid})"
            )
        return tx.connection.info.dbname

    assert books.retrying(work).startswith("books_")
    with books.transaction() as tx:
        assert [worker.executor_id for worker in workers.list_all(tx)] == ["try 2"]


def test_what_the_work_refuses_is_not_tried_again(books: Books) -> None:
    tried: list[int] = []

    def work(tx: Transaction) -> None:
        del tx
        tried.append(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        books.retrying(work)
    assert tried == [1]


def test_books_that_stay_away_are_given_up(books_url: SecretStr, master_key: MasterKey) -> None:
    nowhere = make_conninfo(books_url.get_secret_value(), host="/nowhere", connect_timeout=1)
    away = Books(SecretStr(nowhere), master_key, patience_s=0.3)
    with pytest.raises(BooksUnavailable):
        away.retrying(lambda tx: tx.now, lasting=timedelta(seconds=0.5))
    away.close()


def test_a_lock_that_lasts_too_long_is_unavailable_not_a_crash(books: Books) -> None:
    with books.transaction() as first, books.transaction() as second:
        _ = first.connection.execute("LOCK TABLE workers")
        _ = second.connection.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            workers.arrive(second, ExecutorId("two"), "1")
        second.connection.rollback()


def test_who_has_closed_the_books_does_not_wait_for_them(
    books_url: SecretStr, master_key: MasterKey
) -> None:
    closed = Books(books_url, master_key)
    closed.close()
    begun_s = clock.monotonic_s()
    with pytest.raises(BooksUnavailable):
        _ = closed.retrying(installations.load)
    assert clock.monotonic_s() - begun_s < 5
