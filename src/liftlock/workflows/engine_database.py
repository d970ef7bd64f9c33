"""The connections of the durable engine: SQLAlchemy's, to the database of the books.

The engine tries again what a lost connection broke, and knows a lost connection by SQLAlchemy's
word, or by psycopg's sentence. psycopg has another one where a Unix socket is gone, as while its
server is restarted: that would end a workflow in the middle, and nobody would carry it on.
"""

import sqlalchemy
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection

from liftlock.books import as_url

_POOL_SIZE = 8
_PATIENCE_S = 30
"""How long the engine waits for a free connection before it tries again."""
_NOT_LEFT_OPEN = "-c idle_in_transaction_session_timeout=60s"
"""What a transaction that its worker has forgotten holds is free again after this."""


def opened(database_url: SecretStr) -> sqlalchemy.Engine:
    """Return connections for the engine, made when they are needed; `close` ends them.

    Whatever keeps a connection from being made counts as a lost one.
    """
    url = sqlalchemy.make_url(as_url(database_url).get_secret_value())
    options = f"{url.query['options']} {_NOT_LEFT_OPEN}"
    made = sqlalchemy.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=_POOL_SIZE,
        max_overflow=0,
        pool_timeout=_PATIENCE_S,
        pool_pre_ping=True,
        connect_args={"application_name": "liftlock:engine", "options": options},
    )
    event.listen(made, "handle_error", _lost_when_not_made)
    return made


class ConnectionsClosed(Exception):
    """This process has done with the engine; a thread of it that still waits for the books ends."""


def close(connections: sqlalchemy.Engine) -> None:
    """End all connections, those in use once they are given back, and let nobody make another.

    A thread of the engine that went on would keep the process from ending.
    """
    event.listen(connections, "do_connect", _refuse)
    event.listen(connections, "checkin", _end)
    connections.dispose()


def _end(connection: DBAPIConnection | None, _: object) -> None:
    if connection is not None:
        connection.close()


def _refuse(*_: object) -> None:
    raise ConnectionsClosed


def _lost_when_not_made(context: ExceptionContext) -> None:
    if context.connection is None:
        context.is_disconnect = True
