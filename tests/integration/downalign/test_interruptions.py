import time
from dataclasses import replace

import psycopg
import pytest

from aligning import MakeWorld, World, quiet, rows
from liftlock.domain.environments import DataPolicy, Kind
from liftlock.domain.progress import Progress
from liftlock.downalign import copying, dropping, planning, snapshots, verifying
from liftlock.downalign.alignments import Alignment
from liftlock.environments.names import NotOurs
from liftlock.environments.servers import ServerUnreachable, user_of
from network import Network
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY
from postgres import Server

MANY_ROWS = """
INSERT INTO customers (id, email, kind)
SELECT n, n || '@x.example', repeat(md5(n::text), 30) FROM generate_series(1, 8000) n;
"""
COPIES = "SELECT datname FROM pg_database WHERE datname LIKE 'll\\_t1\\_7\\_%'"


class Stopped(Exception):
    pass


@pytest.fixture
def world(production_server: Server, development_server: Server, make_world: MakeWorld) -> World:
    return make_world(
        production_server,
        development_server,
        script=PEOPLE + MANY_ROWS,
        kind=Kind.DEVELOPMENT,
        labels=("both",),
    )


def alignment_of(world: World, attempt: int = 1) -> Alignment:
    return world.alignment(
        PEOPLE_POLICY, FILES_POLICY, data_policy=DataPolicy.ANONYMIZED, attempt=attempt
    )


def copies(world: World) -> list[tuple[object, ...]]:
    return rows(world.target_server, world.target.systemdb, COPIES)


def test_a_stop_ends_what_is_running_at_once_and_leaves_nothing(world: World) -> None:
    asked: list[float] = []

    def stopping(progress: Progress, /) -> None:
        if progress.said == "creating both":
            _ = locker.execute("BEGIN; LOCK TABLE customers")
        if progress.said.startswith("waiting for locks"):
            asked.append(time.monotonic())
            raise Stopped

    with world.source_server.superuser(world.source.database("both").name) as locker:
        with pytest.raises(Stopped):
            _ = copying.copy_and_mask(alignment_of(world), stopping)
        _ = locker.execute("COMMIT")
    assert time.monotonic() - asked[0] < 5
    assert copies(world)
    assert dropping.drop_copies("t1", world.target, 7) == 1
    assert dropping.drop_copies("t1", world.target, 7) == 0
    assert copies(world) == []
    assert [p.name for p in world.target.files.parent.iterdir()] == ["files"]


def test_a_connection_that_is_lost_in_the_middle_of_a_table_is_worth_another_try(
    world: World, network: Network
) -> None:
    alignment = alignment_of(world)
    through = tuple(network.through(d) for d in alignment.source.databases)
    unsteady = replace(alignment, source=replace(alignment.source, databases=through))

    def cutting(progress: Progress, /) -> None:
        if progress.said == "inspecting":
            network.cut_after(4_000_000)

    with pytest.raises(ServerUnreachable):
        _ = copying.copy_and_mask(unsteady, cutting)
    with pytest.raises(verifying.CopyNotComplete):
        _ = verifying.verify(alignment, quiet)
    _ = copying.copy_and_mask(alignment, quiet)
    assert verifying.verify(alignment, quiet).survivors_total == 0


def test_only_what_carries_our_mark_is_ever_dropped(world: World) -> None:
    alignment = alignment_of(world)
    name = alignment.copy.database("both").name
    world.target_server.run_as_superuser(f"CREATE DATABASE {name}")
    try:
        assert dropping.drop_copies("t1", world.target, 7) == 0
        with pytest.raises(NotOurs):
            _ = copying.copy_and_mask(alignment, quiet)
        assert (name,) in copies(world)
    finally:
        world.target_server.run_as_superuser(f"DROP DATABASE {name}")


def test_what_was_killed_before_it_could_be_marked_is_dropped(world: World) -> None:
    name = alignment_of(world).copy.database("both").name
    owner = user_of(world.target.systemdb.application)
    world.target_server.run_as_superuser(f"CREATE DATABASE {name} OWNER {owner}")
    assert dropping.drop_copies("t1", world.target, 7, before=1) == 0
    assert dropping.drop_copies("t1", world.target, 7, before=2) == 1
    assert copies(world) == []


def test_a_target_is_untouched_by_all_of_it(world: World) -> None:
    before = rows(
        world.target_server,
        world.target.systemdb,
        (
            "SELECT oid, datname, datacl::text FROM pg_database WHERE datname NOT LIKE 'll\\_%' "
            "ORDER BY 1"
        ),
    )
    _ = copying.copy_and_mask(alignment_of(world), quiet)
    _ = dropping.drop_copies("t1", world.target, 7)
    after = rows(
        world.target_server,
        world.target.systemdb,
        (
            "SELECT oid, datname, datacl::text FROM pg_database WHERE datname NOT LIKE 'll\\_%' "
            "ORDER BY 1"
        ),
    )
    assert before == after


def test_production_cannot_empty_a_table_behind_the_snapshot(world: World) -> None:
    """A table that is truncated under an old snapshot looks empty in it."""
    (pair,) = (p for p in alignment_of(world).pairs if p.label == "both")
    planned = planning.plan_database(pair)
    with (
        snapshots.opened(world.source, {"both": (pair.source, planned.read)}, quiet),
        pytest.raises(psycopg.errors.LockNotAvailable),
    ):
        world.on_source("SET lock_timeout = '100ms'; TRUNCATE jobs")
