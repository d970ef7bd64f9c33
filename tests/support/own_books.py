"""Liftlock's own books for tests: migrated, marked as a test's, opened at any time."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from liftlock.books import TEST_MARK, Books, Transaction
from liftlock.domain.people import Person
from liftlock.services import installations, people
from liftlock.store import master_keys
from liftlock.store.master_keys import MasterKey

ZONE = "Europe/Paris"
MARK: LiteralString = "COMMENT ON DATABASE {} IS {}"


@pytest.fixture(scope="session")
def master_key_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A master key file; other processes of a test read it, too."""
    path = tmp_path_factory.mktemp("master") / "master.key"
    master_keys.make(path)
    return path


@pytest.fixture(scope="session")
def master_key(master_key_path: Path) -> MasterKey:
    return master_keys.read(master_key_path)


@pytest.fixture
def books_url(books_database: SecretStr) -> SecretStr:
    """The books' connection string, of a database that lets sessions set the time; still empty."""
    mark(books_database)
    return books_database


def mark(url: SecretStr) -> None:
    """Let sessions of a database set the time."""
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        _ = connection.execute(sql.SQL(MARK).format(name, sql.Literal(TEST_MARK)))


@pytest.fixture
def books(books_url: SecretStr, master_key: MasterKey) -> Generator[Books]:
    """Books with every migration and an installation."""
    opened = Books(books_url, master_key, pool_size=4)
    with opened.transaction() as tx:
        _ = installations.prepare(tx, zone=ZONE)
    yield opened
    opened.close()


@pytest.fixture
def operator(books: Books) -> Person:
    with books.transaction() as tx:
        person, _ = people.first_operator(tx, login="olga", name="Olga Operator")
    return person


@contextmanager
def books_at(url: SecretStr, key: MasterKey, instant: datetime) -> Generator[Books]:
    """Open books in which it is always this instant."""
    options = f"-c liftlock.now={instant.isoformat().replace(' ', 'T')}"
    opened = Books(SecretStr(make_conninfo(url.get_secret_value(), options=options)), key)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def at(url: SecretStr, key: MasterKey, instant: datetime) -> Generator[Transaction]:
    """Open one transaction whose `now` is this instant."""
    with books_at(url, key, instant) as books, books.transaction() as tx:
        yield tx
