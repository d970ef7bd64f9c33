"""Foreign sessions are ended until they stay away, and counted; our own stay."""

import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import psycopg
import pytest

from eventually import eventually
from liftlock.environments import sessions
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, as_keeper, user_of
from liftlock.environments.sessions import SessionCannotBeEnded, SessionEnded, SessionsReturn
from places import At, Stopped, silent
from postgres import MakeParts, Server

LABELS = ("systemdb", "orders")


@pytest.fixture
def parts(development_server: Server, staging_server: Server, make_parts: MakeParts) -> Parts:
    return make_parts({"systemdb": development_server, "orders": staging_server}, labels=LABELS)


def test_foreign_sessions_of_all_servers_are_ended_and_counted(parts: Parts) -> None:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(_client(database, name))
            for database, name in (
                (parts.systemdb, "shop"),
                (parts.systemdb, "shop"),
                (parts.database("orders"), "reports"),
            )
        ]
        ended = sessions.end_sessions(parts, silent)
        assert set(ended) == {
            _counted(parts.systemdb, "shop", 2),
            _counted(parts.database("orders"), "reports", 1),
        }
        assert all(_is_gone(client) for client in clients)


def test_our_own_sessions_of_this_attempt_stay(parts: Parts) -> None:
    with as_keeper(parts.systemdb) as mine:
        assert sessions.end_sessions(parts, silent) == ()
        assert mine.execute("SELECT 1").fetchone() == (1,)


def test_somebody_else_with_our_name_is_not_ours(parts: Parts, development_server: Server) -> None:
    development_server.run_as_superuser("CREATE ROLE impostor LOGIN PASSWORD 'x'")
    impostor = replace(parts.systemdb, application=development_server.conninfo("impostor", "x"))
    try:
        with psycopg.connect(impostor.application_conninfo(), autocommit=True) as client:
            (ended,) = sessions.end_sessions(parts, silent)
            assert ended.role == "impostor"
            assert _is_gone(client)
    finally:
        development_server.run_as_superuser("DROP ROLE impostor")


def test_sessions_that_return_are_ended_again_until_they_stay_away(parts: Parts) -> None:
    with _returning(parts.systemdb, times=3):
        (ended,) = sessions.end_sessions(parts, silent)
    assert ended == _counted(parts.systemdb, "stubborn", 3)


def test_sessions_that_always_return_are_named(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_LIMIT_S", 0.5)
    with (
        _returning(parts.systemdb, times=1_000_000),
        pytest.raises(SessionsReturn, match="stubborn"),
    ):
        _ = sessions.end_sessions(parts, silent)


def test_superusers_session_is_refused_by_name(parts: Parts, development_server: Server) -> None:
    with (
        development_server.superuser(parts.systemdb.name) as boss,
        pytest.raises(SessionCannotBeEnded, match="postgres"),
    ):
        _ = sessions.end_sessions(parts, silent)
    assert boss.closed


def test_a_stop_is_heard_while_sessions_return(parts: Parts) -> None:
    with _returning(parts.systemdb, times=1_000_000), pytest.raises(Stopped):
        _ = sessions.end_sessions(parts, At(nth=1))


def test_older_sessions_of_ours_are_ended_and_present_and_foreign_ones_stay(
    parts: Parts,
) -> None:
    older = replace(parts.systemdb, application_name="liftlock:test:1:6")
    present = replace(parts, databases=tuple(_numbered(d, 7) for d in parts.databases))
    with (
        psycopg.connect(older.keeper_conninfo(), autocommit=True) as zombie,
        as_keeper(present.systemdb) as mine,
        _client(parts.systemdb, "liftlock:test:11:3") as others,
        _client(parts.systemdb, "liftlock:test:1:x") as strange,
    ):
        assert sessions.end_older(present) == 1
        assert _is_gone(zombie)
        for client in (mine, others, strange):
            assert client.execute("SELECT 1").fetchone() == (1,)


def _numbered(database: Database, number: int) -> Database:
    return replace(database, application_name=f"liftlock:test:1:{number}")


def _counted(database: Database, application: str, count: int) -> SessionEnded:
    role = user_of(database.application)
    return SessionEnded(database=database.name, role=role, application=application, count=count)


@contextmanager
def _client(database: Database, name: str) -> Generator[psycopg.Connection]:
    named = replace(database, application_name=name)
    with psycopg.connect(named.application_conninfo(), autocommit=True) as client:
        yield client


def _is_gone(client: psycopg.Connection) -> bool:
    try:
        _ = client.execute("SELECT 1")
    except psycopg.OperationalError:
        client.close()
        return True
    return False


@contextmanager
def _returning(database: Database, times: int) -> Generator[None]:
    """A pool that connects again as soon as it was cut off, so many times in all."""
    enough = threading.Event()
    connected = threading.Event()

    def come_back() -> None:
        for _ in range(times):
            if enough.is_set():
                return
            with _client(database, "stubborn") as client:
                connected.set()
                while not enough.is_set() and not _is_gone(client):
                    pass

    thread = threading.Thread(target=come_back)
    thread.start()
    try:
        _ = eventually(connected.is_set)
        yield
    finally:
        enough.set()
        thread.join()
