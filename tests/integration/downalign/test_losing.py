from dataclasses import replace

import pytest

from aligning import MakeWorld, World
from liftlock.domain.environments import Kind
from liftlock.domain.policies import Preserver
from liftlock.downalign import losing
from liftlock.downalign.losing import RowsLost
from liftlock.downalign.roles import role_in
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY, PEOPLE_ROWS
from postgres import Server


@pytest.fixture
def world(production_server: Server, staging_server: Server, make_world: MakeWorld) -> World:
    made = make_world(
        production_server,
        staging_server,
        script=PEOPLE + PEOPLE_ROWS,
        kind=Kind.STAGING,
        labels=("both",),
    )
    owner = role_in(made.target.systemdb.application)
    made.on_target(PEOPLE.format(owner=owner, other="", reader="") + PEOPLE_ROWS)
    return made


def test_nothing_is_lost_where_both_are_alike(world: World) -> None:
    assert losing.losses(world.alignment(PEOPLE_POLICY, FILES_POLICY)).nothing


def test_rows_and_files_that_production_lacks_are_listed_but_for_preserved_ones(
    world: World,
) -> None:
    world.on_target(
        "INSERT INTO customers VALUES (901, 'a', 'a', '', NULL, '', 'x'), (902, 'b', 'b', '', "
        "NULL, '', 'tester');"
        "INSERT INTO logins VALUES ('only-here', ''); CREATE TABLE tried AS SELECT 1 AS a, 2 AS b"
    )
    for files in (world.source.files, world.target.files):
        _ = (files / "same").write_bytes(b"same")
    for name in ("changed", "only-here", "kept"):
        _ = (world.target.files / name).write_bytes(b"here")
    _ = (world.source.files / "changed").write_bytes(b"there")
    policy = replace(
        PEOPLE_POLICY,
        preservers=(
            Preserver(table="public.customers", rows="kind = 'tester'"),
            Preserver(table="public.logins"),
        ),
    )
    found = losing.losses(world.alignment(policy, replace(FILES_POLICY, preserved_paths=("kept",))))
    assert found.rows == (
        RowsLost(database="both", table="public.customers", rows=1),
        RowsLost(database="both", table="public.tried", rows=1),
    )
    assert found.files == ("changed", "only-here")
    assert found.files_total == 2
