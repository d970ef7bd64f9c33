"""The questions that are asked of a foreign server's catalog: one `.sql` file each, in `catalog/`.

Everything is asked with an empty `search_path`, so that the server writes every name with its
schema.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import LiteralString, TypeVar

from psycopg import Connection
from psycopg.abc import Params
from psycopg.rows import BaseRowFactory, dict_row

from liftlock.environments.servers import Database, as_keeper

T = TypeVar("T")

SETTINGS: Mapping[str, str] = {
    "search_path": "",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "3",
    "lc_monetary": "C",
    "xmloption": "content",
    "quote_all_identifiers": "off",
    "statement_timeout": "0",
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    "row_security": "off",
}
"""What both ends of a copy agree on.

`row_security`: an error, never a silently shorter answer. `lock_timeout`: a table that somebody has
locked is an error, too, where nobody could ask the work to stop.
"""

SETTLE: LiteralString = """
SELECT set_config(name, %(settings)s::jsonb ->> name, false) FROM pg_settings
WHERE %(settings)s::jsonb ? name
"""


@cache
def question(name: str) -> bytes:
    """Return the text of `catalog/<name>.sql`."""
    return files("liftlock.downalign").joinpath("catalog", f"{name}.sql").read_bytes()


def ask(
    connection: Connection, name: str, row: BaseRowFactory[T], params: Params | None = None
) -> list[T]:
    """Ask one question of the connection's database."""
    with connection.cursor(row_factory=row) as cursor:
        return cursor.execute(question(name), params).fetchall()


def ask_rows(
    connection: Connection, name: str, params: Params | None = None
) -> list[dict[str, object]]:
    """Ask one question; each row is a dictionary by column name."""
    return ask(connection, name, dict_row, params)


@contextmanager
def settled(database: Database) -> Generator[Connection]:
    """Connect as the keeper with the settings that both ends of a copy agree on.

    Raises: ServerUnreachable, StatementRefused.
    """
    with as_keeper(database) as connection:
        settle(connection)
        yield connection


def settle(connection: Connection) -> None:
    """Give a connection the settings that both ends of a copy agree on."""
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    _ = connection.execute(SETTLE, {"settings": Jsonb(SETTINGS)})
