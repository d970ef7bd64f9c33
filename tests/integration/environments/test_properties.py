"""What belongs to a database's name, read and written by the keeper alone."""

from dataclasses import replace

import pytest

from liftlock.environments import properties
from liftlock.environments.properties import DatabaseNotFound, Grant, PropertiesDiffer, Setting
from liftlock.environments.servers import Database, StatementRefused
from places import owner_of
from postgres import MakeDatabase, Server


@pytest.fixture
def database(development_server: Server, make_database: MakeDatabase) -> Database:
    return make_database(development_server)


def test_a_database_without_grants_of_its_own_has_the_usual_ones(
    make_database: MakeDatabase, development_server: Server
) -> None:
    database = make_database(development_server)
    found = properties.read(database)
    assert Grant(grantee=None, privilege="CONNECT", grantable=False) in found.grants
    assert found.owner == owner_of(database)
    assert (found.connection_limit, found.comment, found.tablespace) == (-1, None, "pg_default")


def test_nothing_that_was_revoked_comes_back(database: Database) -> None:
    plain = properties.read(database)
    closed = replace(plain, grants=frozenset(g for g in plain.grants if g.grantee is not None))
    properties.apply(database, closed)
    assert properties.read(database) == closed
    properties.apply(database, plain)
    assert properties.read(database) == plain


def test_settings_of_everybody_and_of_a_role_are_written_exactly(database: Database) -> None:
    wanted = replace(
        properties.read(database),
        settings=frozenset(
            {
                Setting(role=None, name="search_path", value='"$user", public, "We ird,"""'),
                Setting(role=None, name="DateStyle", value="ISO, DMY"),
                Setting(role=None, name="TimeZone", value="Europe/Madrid"),
                Setting(role=owner_of(database), name="work_mem", value="8MB"),
            }
        ),
    )
    properties.apply(database, wanted)
    assert properties.read(database) == wanted
    emptied = replace(wanted, settings=frozenset[Setting]())
    properties.apply(database, emptied)
    assert properties.read(database) == emptied


def test_another_owner_is_written(
    make_database: MakeDatabase, development_server: Server, database: Database
) -> None:
    other = make_database(development_server, owner="landlady")
    properties.apply(database, replace(properties.read(database), owner="landlady"))
    assert owner_of(database) == owner_of(other) == "landlady"


def test_what_the_keeper_may_not_write_is_refused_and_nothing_is_written(
    database: Database,
) -> None:
    before = properties.read(database)
    secret = Setting(role=None, name="log_min_messages", value="error")
    wanted = replace(before, connection_limit=5, settings=frozenset({secret}))
    with pytest.raises(StatementRefused, match="SQLSTATE 42501"):
        properties.apply(database, wanted)
    assert properties.read(database) == before


def test_another_tablespace_cannot_be_carried_over(database: Database) -> None:
    before = properties.read(database)
    with pytest.raises(PropertiesDiffer, match="would be lost: tablespace"):
        properties.apply(database, replace(before, tablespace="fast", connection_limit=7))
    assert properties.read(database) == before


def test_a_database_that_is_not_there_is_named(database: Database) -> None:
    with pytest.raises(DatabaseNotFound, match="no_such"):
        _ = properties.read(database.at("no_such"))
