"""Sessions of ours commit durably on servers that are set to forget their last commits."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from liftlock.books import Books, as_url
from liftlock.connections import DURABLE, limited
from liftlock.environments.parts import Parts
from liftlock.environments.safe_connections import for_program
from liftlock.environments.servers import as_keeper
from postgres import MakeParts, Server

SHOW = "SELECT current_setting('synchronous_commit')"


def said_by(connection: psycopg.Connection) -> str:
    row: tuple[str] | None = connection.execute(SHOW).fetchone()
    assert row is not None
    return row[0]


def said_at(conninfo: str) -> str:
    with psycopg.connect(conninfo) as connection:
        return said_by(connection)


@pytest.fixture
def parts(production_server: Server, make_parts: MakeParts) -> Parts:
    with production_server.superuser() as connection:
        assert said_by(connection) == "off", "else these tests show nothing"
    return make_parts(production_server)


def test_whoever_speaks_to_an_environment(parts: Parts) -> None:
    database = parts.databases[0]
    with as_keeper(database) as connection:
        assert said_by(connection) == "on"
    assert said_at(database.application_conninfo()) == "on"
    assert said_at(for_program(database.keeper_conninfo(), 14)) == "on"


def test_whoever_speaks_to_the_books(
    books: Books, books_url: SecretStr, books_server: Server
) -> None:
    with books_server.superuser() as connection:
        assert said_by(connection) == "off", "else this test shows nothing"
    with books.transaction() as tx:
        assert said_by(tx.connection) == "on"
    assert said_at(as_url(books_url).get_secret_value()) == "on"


def test_the_operators_own_options_are_kept_but_for_this_one() -> None:
    given = "options='-c work_mem=8MB -c synchronous_commit=off'"
    once = limited(given)
    assert conninfo_to_dict(once)["options"] == (
        f"-c work_mem=8MB -c synchronous_commit=off {DURABLE}"
    )
    assert conninfo_to_dict(limited(once)) == conninfo_to_dict(once)
