"""A swap breaks at each of its inner points, is repeated, is taken back: never half done."""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from eventually import eventually
from liftlock.domain.moves import Scope
from liftlock.environments import names, properties, swapping
from liftlock.environments.parts import Parts
from liftlock.environments.servers import (
    Database,
    ServerUnreachable,
    as_application,
    as_keeper,
    at_maintenance,
    user_of,
)
from liftlock.environments.sessions import DatabaseInUse, SessionCannotBeEnded
from liftlock.environments.swapping import SwapImpossible
from places import At, Stopped, content_of, furnish, looks, make_copy, owner_of, silent, state_of
from postgres import MakeParts, Server

LABELS = ("systemdb", "customers", "orders")
NEW = dict.fromkeys((*LABELS, "files"), "new")
OLD = dict.fromkeys((*LABELS, "files"), "old")


@pytest.fixture
def live(development_server: Server, staging_server: Server, make_parts: MakeParts) -> Parts:
    """An environment on two servers, with something in each database and file."""
    servers = {
        "systemdb": development_server,
        "customers": development_server,
        "orders": staging_server,
    }
    return furnish(make_parts(servers, labels=LABELS))


@pytest.fixture
def copy(live: Parts) -> Parts:
    return make_copy(live, move=7)


@pytest.fixture
def aside(live: Parts) -> Parts:
    return names.restore_point_parts(live, "test", 7)


def test_swap_in_makes_the_copy_live_and_keeps_what_was(
    live: Parts, copy: Parts, aside: Parts
) -> None:
    swapping.swap_in(live, copy, aside, silent)
    assert content_of(live) == NEW
    for database in aside.databases:
        mark = names.read_mark(database)
        assert mark is not None
        assert mark.facts["complete"] is True
    assert (aside.files / "said").read_text() == "old"


def test_a_restore_point_lets_nobody_in(live: Parts, copy: Parts, aside: Parts) -> None:
    swapping.swap_in(live, copy, aside, silent)
    with (
        pytest.raises(psycopg.OperationalError, match="not currently accepting connections"),
        psycopg.connect(aside.systemdb.application_conninfo()),
    ):
        pass


def test_swap_back_is_the_exact_undo(live: Parts, copy: Parts, aside: Parts) -> None:
    before = looks(live)
    swapping.swap_in(live, copy, aside, silent)
    swapping.swap_back(live, copy, aside, silent)
    assert looks(live) == before
    assert (copy.files / "said").read_text() == "new"
    assert all(state_of(database)[0] for database in copy.databases)


@pytest.mark.parametrize("times", [1, 2])
def test_both_may_be_called_again(live: Parts, copy: Parts, aside: Parts, times: int) -> None:
    before = looks(live)
    for _ in range(times + 1):
        swapping.swap_in(live, copy, aside, silent)
    assert content_of(live) == NEW
    for _ in range(times + 1):
        swapping.swap_back(live, copy, aside, silent)
    assert looks(live) == before


def test_swap_back_of_what_never_began_changes_nothing(
    live: Parts, copy: Parts, aside: Parts
) -> None:
    before = looks(live)
    swapping.swap_back(live, copy, aside, silent)
    assert looks(live) == before


def test_stopped_at_each_point_it_is_open_and_taken_back_or_repeated(
    live: Parts, copy: Parts, aside: Parts
) -> None:
    before = looks(live)
    points = 0
    while True:
        tell = At(nth=points + 1)
        try:
            swapping.swap_in(live, copy, aside, tell)
        except Stopped:
            points += 1
        else:
            break
        assert all(state_of(database)[1] for database in live.databases), tell.heard
        swapping.swap_back(live, copy, aside, silent)
        assert looks(live) == before, tell.heard
        with pytest.raises(Stopped):
            swapping.swap_in(live, copy, aside, At(nth=points))
        swapping.swap_in(live, copy, aside, silent)
        assert content_of(live) == NEW, tell.heard
        swapping.swap_back(live, copy, aside, silent)
    assert points >= 5


def test_swap_back_stopped_at_each_point_goes_on(live: Parts, copy: Parts, aside: Parts) -> None:
    before = looks(live)
    points = 0
    while True:
        swapping.swap_in(live, copy, aside, silent)
        tell = At(nth=points + 1)
        try:
            swapping.swap_back(live, copy, aside, tell)
        except Stopped:
            points += 1
        else:
            break
        swapping.swap_back(live, copy, aside, silent)
        assert looks(live) == before, tell.heard
    assert points >= 5


def test_connection_lost_at_each_point_is_repeated_or_taken_back(
    live: Parts, copy: Parts, aside: Parts, development_server: Server
) -> None:
    before = looks(live)
    lost = 0
    for nth in range(1, 6):
        tell = At(nth=nth, act=lambda: _end_keepers_sessions(development_server))
        try:
            swapping.swap_in(live, copy, aside, tell)
        except ServerUnreachable:
            lost += 1
            swapping.swap_in(live, copy, aside, silent)
        assert content_of(live) == NEW, tell.heard
        swapping.swap_back(live, copy, aside, silent)
        assert looks(live) == before, tell.heard
    assert lost >= 2


KILLED = """
import os, pickle, signal, sys
from liftlock.environments import swapping
live, copy, aside, nth = pickle.loads(bytes.fromhex(sys.stdin.read()))
heard = 0
def tell(progress):
    global heard
    heard += progress.said == "renaming databases"
    if heard == nth:
        os.kill(os.getpid(), signal.SIGKILL)
swapping.swap_in(live, copy, aside, tell)
"""


@pytest.mark.parametrize("nth", [1, 2])
def test_worker_killed_while_databases_are_closed_leaves_what_the_next_one_repairs(
    live: Parts, copy: Parts, aside: Parts, nth: int
) -> None:
    before = looks(live)
    _swap_in_a_process_killed_at(live, copy, aside, nth)
    assert not all(state_of(database)[1] for database in live.databases)
    if nth == 1:
        swapping.swap_back(live, copy, aside, silent)
        assert looks(live) == before
    else:
        swapping.swap_in(live, copy, aside, silent)
        assert content_of(live) == NEW
        assert all(state_of(database)[1] for database in live.databases)


def test_open_databases_opens_what_a_crash_left_closed(live: Parts) -> None:
    with at_maintenance(live.systemdb) as connection:
        swapping.allow(connection, [live.systemdb.name], allowed=False)
    missing = live.at(lambda d: d.name if d.label == "systemdb" else f"no_{d.name}", live.files)
    swapping.open_databases(missing)
    assert state_of(live.systemdb)[1]


def test_what_belongs_to_the_name_stays_with_it(
    live: Parts, copy: Parts, aside: Parts, development_server: Server
) -> None:
    before = _adorn(live.database("customers"), development_server)
    swapping.swap_in(live, copy, aside, silent)
    assert properties.read(live.database("customers")) == before
    swapping.swap_back(live, copy, aside, silent)
    assert properties.read(live.database("customers")) == before


def test_sessions_are_ended_and_clients_are_back_at_once(
    live: Parts, copy: Parts, aside: Parts
) -> None:
    with _busy_client(live.systemdb) as said:
        _ = eventually(lambda: "old" in said)
        swapping.swap_in(live, copy, aside, silent)
        _ = eventually(lambda: "new" in said)
    assert [word for word in said if word != "turned away"].count("new") > 0
    assert said.index("new") > len(said) - said[::-1].index("old") - 1, "no old after new"


def test_superusers_session_is_a_refusal_by_name_and_nothing_changes(
    live: Parts, copy: Parts, aside: Parts, development_server: Server
) -> None:
    before = looks(live)
    with (
        development_server.superuser(live.systemdb.name),
        pytest.raises(SessionCannotBeEnded, match=r"postgres \(") as refusal,
    ):
        swapping.swap_in(live, copy, aside, silent)
    assert refusal.value.fields["database"] == live.systemdb.name
    assert looks(live) == before
    swapping.swap_in(live, copy, aside, silent)
    assert content_of(live) == NEW


def test_prepared_transaction_is_a_refusal_by_name(live: Parts, copy: Parts, aside: Parts) -> None:
    with psycopg.connect(live.systemdb.application_conninfo(), autocommit=True) as connection:
        _ = connection.execute("BEGIN")
        _ = connection.execute("PREPARE TRANSACTION 'held'")
        with pytest.raises(DatabaseInUse, match="prepared"):
            swapping.swap_in(live, copy, aside, silent)
    with as_application(live.systemdb) as connection:
        _ = connection.execute("ROLLBACK PREPARED 'held'")
    assert content_of(live) == OLD


def test_what_does_not_carry_our_mark_is_not_swapped_in(
    live: Parts, copy: Parts, aside: Parts
) -> None:
    before = looks(live)
    with at_maintenance(copy.systemdb) as connection:
        names.write_comment(connection, copy.systemdb.name, "somebody's own")
    with pytest.raises(names.NotOurs, match=copy.systemdb.name):
        swapping.swap_in(live, copy, aside, silent)
    assert looks(live) == before


def test_names_of_no_state_are_left_to_a_person(live: Parts, copy: Parts) -> None:
    before = looks(live)
    for nowhere in (live.at(lambda d: f"no_{d.name}", live.files.with_name("no")),):
        with pytest.raises(SwapImpossible, match="A person must look"):
            swapping.swap_in(live, nowhere, nowhere, silent)
    assert looks(live) == before
    assert looks(copy)


def test_only_what_is_in_scope_is_swapped(live: Parts) -> None:
    scope = live.within(Scope(systemdb_and_files=False, data=True))
    copy = make_copy(scope, move=8)
    swapping.swap_in(scope, copy, names.restore_point_parts(scope, "test", 8), silent)
    assert content_of(live) == {
        "systemdb": "old",
        "customers": "new",
        "orders": "new",
        "files": "old",
    }


def test_sessions_of_ours_in_the_copy_do_not_hinder(live: Parts, copy: Parts, aside: Parts) -> None:
    with as_keeper(copy.systemdb) as mine:
        _ = mine.execute("SELECT")
        swapping.swap_in(live, copy, aside, silent)
        with pytest.raises(psycopg.OperationalError):
            _ = mine.execute("SELECT")
        mine.close()
    assert content_of(live) == NEW


def test_directories_stay_beside_the_live_one(live: Parts, copy: Parts, aside: Parts) -> None:
    swapping.swap_in(live, copy, aside, silent)
    found = {path.name for path in Path(live.files.parent).iterdir()}
    assert found == {live.files.name, aside.files.name}


def _swap_in_a_process_killed_at(live: Parts, copy: Parts, aside: Parts, nth: int) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED],
        input=pickle.dumps((live, copy, aside, nth)).hex(),
        text=True,
        check=False,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert killed.returncode == -9


def _end_keepers_sessions(server: Server) -> None:
    """What a firewall or an operator does to the keeper's connection in the middle of its work."""
    server.run_as_superuser(
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity "
        "WHERE usename LIKE 'keeper_%' AND datname = 'postgres'"
    )


def _adorn(database: Database, server: Server) -> properties.DatabaseProperties:
    """Give a database everything that belongs to its name."""
    owner = owner_of(database)
    plain = properties.read(database)
    server.run_as_superuser(f"GRANT SET ON PARAMETER acme.greeting TO {user_of(database.keeper)}")
    wanted = replace(
        plain,
        grants=frozenset(g for g in plain.grants if g.grantee is not None)
        | {properties.Grant(grantee="pg_monitor", privilege="CONNECT", grantable=True)},
        settings=frozenset(
            {
                properties.Setting(role=None, name="search_path", value='"$user", "a, ""b"'),
                properties.Setting(role=None, name="acme.greeting", value="it's ; a 'value'"),
                properties.Setting(role=owner, name="statement_timeout", value="12345"),
            }
        ),
        connection_limit=42,
        comment="the customers' own",
    )
    properties.apply(database, wanted)
    assert properties.read(database) == wanted
    return wanted


@contextmanager
def _busy_client(database: Database) -> Generator[list[str]]:
    """An application that asks without end, and connects anew when it was turned away."""
    said: list[str] = []
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            try:
                with psycopg.connect(database.application_conninfo(), autocommit=True) as client:
                    while not enough.is_set():
                        row = client.execute("SELECT word FROM said").fetchone()
                        said.append(row[0] if row else "nothing")
            except psycopg.OperationalError:
                said.append("turned away")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield said
    finally:
        enough.set()
        thread.join()
