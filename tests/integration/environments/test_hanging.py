"""A connection that hangs is noticed; one that works for long is left alone."""

from collections.abc import Callable, Generator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from liftlock import connections
from liftlock.books import Books, BooksUnavailable
from liftlock.connections import Pace
from liftlock.domain.environments import DatabaseRole
from liftlock.environments.servers import (
    Database,
    LockedTooLong,
    ServerUnreachable,
    as_application,
    as_keeper,
    at_maintenance,
    named_errors,
)
from liftlock.services import installations
from liftlock.store.master_keys import MasterKey
from network import Network
from postgres import MakeDatabase, Server

QUICK = Pace(suspect_s=0.4, again_s=0.2, answer_s=2, look_up_s=0.05)


@pytest.fixture
def quick() -> Generator[None]:
    usual, connections.WATCH.pace = connections.WATCH.pace, QUICK
    yield
    connections.WATCH.pace = usual


@pytest.fixture
def database(make_database: MakeDatabase, development_server: Server) -> Database:
    return make_database(development_server, role=DatabaseRole.SYSTEMDB)


def told_after(database: Database, fault: Callable[[], None], statement: str) -> None:
    with as_keeper(database) as connection:
        fault()
        _ = connection.execute(statement.encode())


def copied_after(database: Database, fault: Callable[[], None], statement: str) -> None:
    with as_keeper(database) as connection, connection.cursor() as cursor:
        fault()
        with cursor.copy(statement.encode()) as copy:
            assert all(copy)


def test_limits_are_given_and_the_operators_own_are_kept() -> None:
    given = connections.limited("host=db keepalives_idle=60")
    assert "keepalives_idle=60" in given
    assert "tcp_user_timeout=30000" in given
    assert sum(getattr(Pace(), name) for name in ("suspect_s", "answer_s", "again_s")) + 10 < 60


@pytest.mark.usefixtures("quick")
def test_a_server_behind_a_network_that_passes_nothing_is_unreachable(
    database: Database, network: Network
) -> None:
    with pytest.raises(ServerUnreachable):
        told_after(network.through(database), network.hang, "SELECT 1")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("sleeps", [0, 1])
def test_one_connection_that_passes_nothing_is_noticed_though_others_do(
    database: Database, network: Network, sleeps: int
) -> None:
    statement = f"SELECT pg_sleep({sleeps}), repeat('x', 100000)"
    with pytest.raises(ServerUnreachable):
        told_after(network.through(database), network.hang_present_ones, statement)


@pytest.mark.usefixtures("quick")
def test_a_copy_that_hangs_in_the_middle_is_noticed(database: Database, network: Network) -> None:
    rows = "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT"
    with pytest.raises(ServerUnreachable):
        copied_after(network.through(database), lambda: network.hang_after(1_000_000), rows)


@pytest.mark.usefixtures("quick")
def test_a_statement_that_works_or_waits_for_long_is_left_alone(database: Database) -> None:
    with as_application(database) as other, as_keeper(database) as connection:
        _ = other.execute("CREATE TABLE held (id int)")
        assert connection.execute("SELECT pg_sleep(2)").fetchone() == ("",)
        _ = other.execute("BEGIN; LOCK TABLE held")
        _ = connection.execute("SET lock_timeout = '2s'; BEGIN")
        with pytest.raises(LockedTooLong), named_errors(database):
            _ = connection.execute("LOCK TABLE held")
        assert connection.execute("ROLLBACK").statusmessage == "ROLLBACK"


@pytest.mark.usefixtures("quick")
def test_a_copy_whose_other_end_is_at_work_is_left_alone(database: Database) -> None:
    with as_application(database) as writer, as_application(database) as reader:
        _ = writer.execute("CREATE TABLE filled (word text)")
        with reader.cursor().copy("COPY (SELECT 1) TO STDOUT") as copy:
            _ = writer.execute("SELECT pg_sleep(2)")
            assert [bytes(row) for row in copy] == [b"1\n"]


def test_nobody_waits_all_night_for_a_lock_at_the_maintenance_database(database: Database) -> None:
    with at_maintenance(database) as connection:
        assert connection.execute("SHOW lock_timeout").fetchone() == ("30s",)


@pytest.mark.usefixtures("quick")
def test_books_that_hang_are_asked_again_when_they_answer(
    books: Books, books_url: SecretStr, master_key: MasterKey, network: Network
) -> None:
    del books
    behind = Books(network.at(books_url), master_key, patience_s=1)
    zone = behind.retrying(lambda tx: installations.load(tx).zone)
    network.hang()
    with pytest.raises(BooksUnavailable):
        _ = behind.retrying(installations.load, lasting=timedelta())
    network.pass_on()
    assert behind.retrying(lambda tx: installations.load(tx).zone) == zone
    behind.close()
