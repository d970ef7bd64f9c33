"""The bad network of the tests, and what a cut connection becomes."""

import pytest

from liftlock.environments.servers import (
    Database,
    ServerUnreachable,
    StatementRefused,
    as_application,
    as_keeper,
)
from postgres import MakeDatabase, Network, Server

MUCH = "SELECT repeat('x', 1000) FROM generate_series(1, 5000)"


def test_a_connection_is_cut_in_the_middle_of_an_answer(
    development_server: Server, make_database: MakeDatabase, network: Network
) -> None:
    database = network.through(make_database(development_server))
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        _ask_much(database, network)
    with as_application(database) as connection:
        assert len(connection.execute(MUCH).fetchall()) == 5000


def test_a_network_that_is_down_answers_nobody_until_it_is_up(
    development_server: Server, make_database: MakeDatabase, network: Network
) -> None:
    database = network.through(make_database(development_server))
    network.down()
    with pytest.raises(ServerUnreachable), as_keeper(database):
        pass
    network.up()
    with as_keeper(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_refused_statements_say_names_and_no_values(
    development_server: Server, make_database: MakeDatabase
) -> None:
    database = make_database(development_server)
    with as_application(database) as connection:
        _ = connection.execute("CREATE TABLE people (email text UNIQUE)")
        _ = connection.execute("INSERT INTO people VALUES ('ana@example.com')")
    with pytest.raises(StatementRefused) as refusal, as_application(database) as connection:
        _ = connection.execute("INSERT INTO people VALUES ('ana@example.com')")
    assert "SQLSTATE 23505, table people, constraint people_email_key" in str(refusal.value)
    assert "ana" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def _ask_much(database: Database, network: Network) -> None:
    with as_keeper(database) as connection:
        network.cut_after(100_000)
        _ = connection.execute(MUCH).fetchall()
