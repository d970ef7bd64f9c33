"""A target's server runs out of room in the middle of a table."""

from collections.abc import Generator

import pytest

from aligning import MakeWorld, World, quiet, rows
from full_disk import is_mounted, small_server
from liftlock.domain.environments import DataPolicy, Kind
from liftlock.downalign import copying, dropping
from liftlock.environments.servers import ServerDiskFull, StatementRefused
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY
from postgres import Server

TOO_MANY_ROWS = """
INSERT INTO customers (id, email, kind)
SELECT n, n || '@x.example', repeat(md5(n::text), 30) FROM generate_series(1, 160000) n;
"""
DATABASES = "SELECT oid, datname, datacl::text FROM pg_database ORDER BY oid"


@pytest.fixture
def tight_server() -> Generator[Server]:
    with small_server(Kind.DEVELOPMENT) as server:
        yield server


@pytest.fixture
def world(production_server: Server, tight_server: Server, make_world: MakeWorld) -> World:
    return make_world(
        production_server,
        tight_server,
        script=PEOPLE + TOO_MANY_ROWS,
        kind=Kind.DEVELOPMENT,
        labels=("both",),
    )


def test_a_full_disk_is_named_and_the_target_stays_as_it_was(world: World) -> None:
    before = rows(world.target_server, world.target.systemdb, DATABASES)
    alignment = world.alignment(PEOPLE_POLICY, FILES_POLICY, data_policy=DataPolicy.ANONYMIZED)
    is_full = is_mounted(world.target_server)
    refusal = ServerDiskFull if is_full else StatementRefused
    with pytest.raises(refusal, match="both"):
        _ = copying.copy_and_mask(alignment, quiet)
    assert dropping.drop_copies("t1", world.target, 7) == 1
    assert rows(world.target_server, world.target.systemdb, DATABASES) == before
