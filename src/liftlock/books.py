"""Our books: connections, one transaction and its moment, and trying again when they were away.

The edge (request, command, tick,
    step) opens a transaction with `Books.transaction()` and hands it down as `tx`; services and
store use it; nobody else commits. Whoever waits for a change asks `Books.listen()`, which one
thread serves for the whole process.
"""

import secrets as random_numbers
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString, Protocol, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool
from pydantic import SecretStr

from liftlock import clock
from liftlock.connections import limited, watched_over
from liftlock.errors import Unavailable
from liftlock.telemetry import log

T = TypeVar("T")

TEST_MARK = "liftlock: the books of a test"
"""A database with this comment lets a session set the time: `liftlock.now`."""

MOMENT: LiteralString = """
    SELECT coalesce(
             CASE WHEN shobj_description(oid, 'pg_database') = %(mark)s
                  THEN nullif(current_setting('liftlock.now', true), '')::timestamptz END,
             now())
      FROM pg_database
     WHERE datname = current_database()
"""

LONGEST_PAUSE_S = 5.0

LISTEN: LiteralString = "LISTEN liftlock"
"""Triggers of the books notify this channel of what has changed: `move 12`."""
ANY = ""
"""The topic of whoever wants to hear of every change."""
LOOKS_UP_EVERY_S = 0.5
"""How often the listening thread looks whether it should end."""
Hear: TypeAlias = Callable[[], None]


class BooksUnavailable(Unavailable):
    """The server of our books did not answer, or a transaction had to give way to another."""

    code = "books.unavailable"
    sentence = (
        "Liftlock's books cannot be used right now ({reason}). Nothing was changed; try again."
    )


class Secrets(Protocol):
    """Locks what the books keep encrypted, and unlocks it again."""

    def lock(self, secret: SecretStr) -> bytes:
        """Return the secret in a form that may stand in the books."""
        ...

    def unlock(self, locked: bytes) -> SecretStr:
        """Return what `lock` was given."""
        ...


@dataclass(frozen=True, slots=True)
class Transaction:
    """One open transaction, the database's time in UTC, and the secrets that it may read."""

    connection: Connection
    now: datetime
    secrets: Secrets

    @contextmanager
    def attempt(self) -> Generator[None]:
        """Undo what the block has written when it raises, and nothing else: a form goes on."""
        with self.connection.transaction():
            yield


class Books:
    """Liftlock's own database. Opening it connects lazily; `close()` ends every connection.

    `patience_s`: how long a transaction waits for a connection before the books count as away.
    """

    def __init__(
        self,
        database_url: SecretStr,
        secrets: Secrets,
        *,
        pool_size: int = 10,
        patience_s: float = 30.0,
    ) -> None:
        self._secrets = secrets
        self._conninfo = limited(database_url.get_secret_value())
        self._listener = _Listener(database_url)
        self._pool = ConnectionPool(
            self._conninfo,
            min_size=0,
            max_size=pool_size,
            timeout=patience_s,
            open=True,
            kwargs={"application_name": "liftlock:books"},
            configure=_configure,
            check=self._check,
        )

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Open one transaction; commit at the end of the block, roll back on any error.

        Raises: BooksUnavailable.
        """
        try:
            with (
                self._pool.connection() as connection,
                watched_over(connection, self._conninfo),
            ):
                yield Transaction(connection, _moment(connection), self._secrets)
        except psycopg.OperationalError as error:
            reason = f"SQLSTATE {error.sqlstate}" if error.sqlstate else type(error).__name__
            raise BooksUnavailable(reason=reason) from None

    def retrying(
        self, work: Callable[[Transaction], T], *, lasting: timedelta = timedelta(minutes=10)
    ) -> T:
        """Do `work` in a transaction of its own, again and again while the books are away.

        Raises: BooksUnavailable when they still are after `lasting`, and at once when these were
        closed by this process; whatever `work` raises.
        """
        until_s = clock.monotonic_s() + lasting.total_seconds()
        pause_s = 0.1
        while True:
            try:
                with self.transaction() as tx:
                    return work(tx)
            except BooksUnavailable:
                if self.closed or clock.monotonic_s() + pause_s > until_s:
                    raise
            clock.sleep_s(pause_s * (1 + random_numbers.randbelow(100) / 200))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    @contextmanager
    def listen(self, topic: str, hear: Hear) -> Generator[None]:
        """Call `hear` whenever the books say that `topic` (`move 12`; ANY: whatever) has changed.

        Since nothing may be missed, also whenever the listening connection is made, or made again.
        It is called in the listening thread, after the commit that made the change: let it be
        quick. The books do not say what has changed; look, after this block has been entered.
        """
        with self._listener.telling(topic, hear):
            yield

    def _check(self, connection: Connection) -> None:
        with watched_over(connection, self._conninfo):
            ConnectionPool.check_connection(connection)

    @property
    def closed(self) -> bool:
        """Say whether this process has closed them: they will not come back."""
        return self._pool.closed

    def close(self) -> None:
        """End all connections."""
        self._listener.end()
        self._pool.close()


class _Listener:
    """One connection and one thread that hear what the books say, for all of this process."""

    def __init__(self, database_url: SecretStr) -> None:
        self._database_url = database_url
        self._lock = threading.Lock()
        self._hearing: Counter[tuple[str, Hear]] = Counter()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def telling(self, topic: str, hear: Hear) -> Generator[None]:
        with self._lock:
            self._hearing[topic, hear] += 1
            self._begin()
        try:
            yield
        finally:
            with self._lock:
                self._hearing -= Counter({(topic, hear): 1})

    def end(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _begin(self) -> None:
        if self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(target=self._run, name="books-listener", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        pause_s = 0.1
        while not self._ended.is_set():
            try:
                with self._connected() as connection:
                    pause_s = 0.1
                    self._listen(connection)
            except psycopg.OperationalError as error:
                log.warning("books.listener_lost", sqlstate=error.sqlstate)
            _ = self._ended.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _connected(self) -> Connection:
        """Connect; a listener says nothing itself, so only keepalives tell it of a lost server."""
        return psycopg.connect(
            limited(self._database_url.get_secret_value()),
            autocommit=True,
            application_name="liftlock:listener",
        )

    def _listen(self, connection: Connection) -> None:
        connection.execute(LISTEN)
        self._tell(None)
        while not self._ended.is_set():
            for said in connection.notifies(timeout=LOOKS_UP_EVERY_S):
                self._tell(said.payload)

    def _tell(self, topic: str | None) -> None:
        """Tell everybody who waits for a topic; None: everybody."""
        with self._lock:
            told = [hear for (each, hear) in self._hearing if topic is None or each in {topic, ANY}]
        for hear in told:
            hear()


def as_url(database_url: SecretStr) -> SecretStr:
    """Return the same place as a URL, for a library that does not take libpq's other form."""
    given = conninfo_to_dict(limited(database_url.get_secret_value()))
    user, password, name = (
        quote(str(given.pop(what, "")), "") for what in ("user", "password", "dbname")
    )
    rest = urlencode(
        {what: value for what, value in given.items() if value is not None}, quote_via=quote
    )
    return SecretStr(f"postgresql://{user}:{password}@/{name}?{rest}")


def _configure(connection: Connection) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_timeout = '30s'")
    connection.commit()


def _moment(connection: Connection) -> datetime:
    row: tuple[datetime] | None = connection.execute(MOMENT, {"mark": TEST_MARK}).fetchone()
    return row[0] if row else clock.now()
