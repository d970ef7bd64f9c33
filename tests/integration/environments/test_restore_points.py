"""Production's restore point by template: taken, put back, dropped; broken at each point."""

import pytest

from liftlock.environments import identities, names, properties, restore_points, swapping, trees
from liftlock.environments.names import NotOurs, OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.restore_points import RestorePointIncomplete, RestorePointMissing
from liftlock.environments.servers import (
    as_application,
    as_keeper,
    at_maintenance,
)
from liftlock.environments.sessions import SessionCannotBeEnded
from liftlock.environments.trees import TreeInTheWay
from places import At, Stopped, content_of, furnish, looks, owner_of, silent, state_of
from postgres import MakeParts, Server

MARK = OwnerMark(installation="test", move=9, attempt=1)
OLD = {"systemdb": "old", "customers": "old", "files": "old"}


@pytest.fixture
def live(production_server: Server, make_parts: MakeParts) -> Parts:
    return furnish(make_parts(production_server))


@pytest.fixture
def point(live: Parts) -> Parts:
    return names.restore_point_parts(live, "test", 9)


@pytest.fixture
def discarded(live: Parts) -> Parts:
    return names.discarded_parts(live, "test", 9)


def test_taking_leaves_the_target_as_it_was(live: Parts, point: Parts) -> None:
    before = looks(live)
    _ = restore_points.take_by_template(live, point, MARK, silent)
    assert looks(live) == before
    assert restore_points.exists(point, MARK)


def test_a_point_is_closed_and_has_what_belongs_to_the_name(live: Parts, point: Parts) -> None:
    with at_maintenance(live.systemdb) as connection:
        names.write_comment(connection, live.systemdb.name, "the books of Acme")
    kept = properties.read(live.systemdb)
    _ = restore_points.take_by_template(live, point, MARK, silent)
    found = properties.read(point.systemdb)
    assert properties.differences(kept, found) == ["comment"]
    assert not state_of(point.systemdb)[1]


def test_put_back_after_a_change_is_what_was_taken(
    live: Parts, point: Parts, discarded: Parts
) -> None:
    with at_maintenance(live.systemdb) as connection:
        names.write_comment(connection, live.systemdb.name, "the books of Acme")
    before = identities.properties_digests(live), trees.tree_digest(live.files)
    taken = restore_points.take_by_template(live, point, MARK, silent)
    _spoil(live)
    restore_points.put_back(live, point, discarded, silent)
    assert content_of(live) == OLD
    assert (identities.properties_digests(live), trees.tree_digest(live.files)) == before
    assert {d.label: state_of(d)[0] for d in live.databases} == taken.oids
    assert trees.tree_digest(live.files) == taken.files_digest
    assert all(state_of(database)[1] for database in live.databases)


def test_put_back_twice_changes_nothing_more(live: Parts, point: Parts, discarded: Parts) -> None:
    _ = restore_points.take_by_template(live, point, MARK, silent)
    _spoil(live)
    restore_points.put_back(live, point, discarded, silent)
    once = looks(live)
    restore_points.put_back(live, point, discarded, silent)
    assert looks(live) == once


def test_put_back_stopped_at_each_point_goes_on(
    live: Parts, point: Parts, discarded: Parts
) -> None:
    nth = 0
    while True:
        nth += 1
        _ = restore_points.take_by_template(live, point, MARK, silent)
        _spoil(live)
        tell = At(nth=nth)
        try:
            restore_points.put_back(live, point, discarded, tell)
        except Stopped:
            restore_points.put_back(live, point, discarded, silent)
        assert content_of(live) == OLD, tell.heard
        restore_points.drop(discarded, silent)
        if not tell.reached:
            break
    assert nth >= 3


def test_taking_stopped_at_each_point_is_repeated_or_abandoned(live: Parts, point: Parts) -> None:
    before = looks(live)
    nth = 0
    while True:
        nth += 1
        tell = At(nth=nth)
        try:
            _ = restore_points.take_by_template(live, point, MARK, tell)
        except Stopped:
            assert looks(live) == before, tell.heard
            assert not restore_points.exists(point, MARK)
        else:
            break
        assert not restore_points.abandon(live, point, MARK, silent)
        assert looks(live) == before, tell.heard
        assert not point.files.exists()
        assert all(state_of(d)[0] is None for d in point.databases)
        with pytest.raises(Stopped):
            _ = restore_points.take_by_template(live, point, MARK, At(nth=nth))
        _ = restore_points.take_by_template(live, point, MARK, silent)
        assert restore_points.exists(point, MARK)
        restore_points.drop(point, silent)


def test_a_repeat_keeps_what_is_complete(live: Parts, point: Parts) -> None:
    first = restore_points.take_by_template(live, point, MARK, silent)
    assert restore_points.take_by_template(live, point, MARK, silent) == first


def test_a_target_left_closed_by_a_crash_is_opened(live: Parts, point: Parts) -> None:
    _ = restore_points.take_by_template(live, point, MARK, silent)
    with at_maintenance(live.systemdb) as connection:
        swapping.allow(connection, [live.systemdb.name], allowed=False)
    assert restore_points.abandon(live, point, MARK, silent)
    assert state_of(live.systemdb)[1]


def test_an_incomplete_point_is_not_put_back(live: Parts, point: Parts, discarded: Parts) -> None:
    before = looks(live)
    _ = restore_points.take_by_template(live, point, MARK, silent)
    found = names.read_mark(point.systemdb)
    assert found is not None
    names.write_mark(point.systemdb, found.without("complete"))
    with pytest.raises(RestorePointIncomplete, match=point.systemdb.name):
        restore_points.put_back(live, point, discarded, silent)
    assert looks(live) == before


def test_a_missing_point_is_named(live: Parts, point: Parts, discarded: Parts) -> None:
    with pytest.raises(RestorePointMissing, match=point.systemdb.name):
        restore_points.put_back(live, point, discarded, silent)


def test_another_moves_point_does_not_count(live: Parts, point: Parts) -> None:
    _ = restore_points.take_by_template(live, point, MARK, silent)
    assert not restore_points.exists(point, OwnerMark(installation="test", move=10, attempt=1))


def test_sessions_are_ended_for_the_copying(live: Parts, point: Parts) -> None:
    with as_application(live.systemdb) as client:
        _ = restore_points.take_by_template(live, point, MARK, silent)
        client.close()
    assert restore_points.exists(point, MARK)


def test_superusers_session_is_refused_by_name(
    live: Parts, point: Parts, production_server: Server
) -> None:
    with (
        production_server.superuser(live.systemdb.name),
        pytest.raises(SessionCannotBeEnded),
    ):
        _ = restore_points.take_by_template(live, point, MARK, silent)
    assert content_of(live) == OLD


def test_dropping_removes_databases_and_directory_and_repeats(live: Parts, point: Parts) -> None:
    _ = restore_points.take_by_template(live, point, MARK, silent)
    for _ in range(2):
        restore_points.drop(point, silent)
    assert not point.files.exists()
    assert all(state_of(d)[0] is None for d in point.databases)


def test_what_is_not_ours_is_never_dropped(live: Parts, point: Parts) -> None:
    with pytest.raises(NotOurs):
        restore_points.drop(live, silent)
    with at_maintenance(live.systemdb) as connection:
        _ = connection.execute(f'CREATE DATABASE "{point.systemdb.name}"'.encode())
        names.write_comment(connection, point.systemdb.name, "somebody's own")
        with pytest.raises(NotOurs, match=point.systemdb.name):
            restore_points.drop(point, silent)
        _ = connection.execute(f'DROP DATABASE "{point.systemdb.name}"'.encode())
    with pytest.raises(TreeInTheWay):
        trees.remove_tree(live.files)
    assert content_of(live) == OLD


def _spoil(live: Parts) -> None:
    """Change what a module's installation would change."""
    for database in live.databases:
        with as_keeper(database) as connection:
            _ = connection.execute(f'SET ROLE "{owner_of(database)}"'.encode())
            _ = connection.execute("UPDATE said SET word = 'spoilt'")
    _ = (live.files / "said").write_text("spoilt")
    _ = (live.files / "more").write_text("spoilt")
