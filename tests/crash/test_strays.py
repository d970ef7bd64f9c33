"""What a soak counts: one of each stray is planted, and one half-done target, and each is seen."""

import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from liftlock.domain.environments import Kind
from liftlock.environments import names
from liftlock.environments.servers import as_application
from postgres import Server
from soaking import Expected, half_done
from strays import Strays, strays
from town import Town


def found(town: Town, books: Server | None = None) -> Strays:
    places = [town.place(kind) for kind in Kind]
    return strays(places, books, town.folder)


@contextmanager
def database(server: Server, name: str) -> Generator[None]:
    server.run_as_superuser(f"CREATE DATABASE {name}")
    try:
        yield
    finally:
        server.run_as_superuser(f"DROP DATABASE {name}")


def test_where_nothing_is_left_nothing_is_counted(town: Town) -> None:
    assert found(town).all == []


def test_each_stray_is_counted(town: Town, books_server: Server) -> None:
    staging, server = town.acme.parts[Kind.STAGING], town.servers[Kind.STAGING]
    copy = names.copy_parts(staging, "soak", 7, 1)
    gate = staging.files.parent / ".ll_gate_soak_1_7"
    command = ["/bin/sh", "-c", "sleep 60; :", "application", str(town.state_file(Kind.STAGING))]
    named = psycopg.connect(
        server.embedded.superuser_conninfo(), application_name="liftlock:soak:2:7"
    )
    with (
        database(server, copy.systemdb.name),
        named,
        books_server.superuser() as locking,
        subprocess.Popen(command, start_new_session=True) as process,
    ):
        copy.files.mkdir()
        gate.symlink_to(".")
        _ = locking.execute("SELECT pg_advisory_lock(7)")
        try:
            seen = found(town, books_server)
        finally:
            process.send_signal(signal.SIGKILL)
    assert seen.databases == (copy.systemdb.name,)
    assert sorted(seen.directories) == sorted([str(copy.files), str(gate)])
    assert len(seen.locks) == 1
    assert [said.partition(" of ")[0] for said in seen.connections if "soak" in said] == [
        "liftlock:soak:2:7"
    ]
    assert len(seen.processes) == 1


def test_a_restore_point_counts_only_when_nobody_keeps_it(town: Town) -> None:
    place, server = town.place(Kind.STAGING), town.servers[Kind.STAGING]
    point = names.restore_point_parts(place.parts, "soak", 7)
    with database(server, point.systemdb.name):
        assert strays([replace(place, kept=frozenset({7}))], None, town.folder).all == []
        assert strays([place], None, town.folder).all == [point.systemdb.name]


@pytest.mark.parametrize("change", ["row", "file", "closed"])
def test_a_half_done_target_is_counted(town: Town, change: str) -> None:
    kind = Kind.DEVELOPMENT
    known = {kind: Expected(picture=town.picture(kind), because="move 7")}
    assert half_done(town, known) == []
    match change:
        case "row":
            with as_application(town.acme.parts[kind].systemdb) as connection:
                _ = connection.execute("CREATE TABLE half (done int)")
        case "file":
            _ = (town.acme.parts[kind].files / "half").write_text("done")
        case _:
            _ = town.state_file(kind).write_text("drained")
    assert half_done(town, known) == [f"{kind} is not as move 7 left it"]
