"""The application's sessions: a small pool for each database, all closed when it is drained."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import LiteralString, TypeAlias

from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

Values: TypeAlias = Mapping[str, str | int | None]
Row: TypeAlias = Mapping[str, object]

_WAIT_S = 5.0
_SESSIONS = 3


class Databases:
    """Asks the databases of one environment; opens sessions when first asked."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._pools: dict[str, ConnectionPool[Connection[DictRow]]] = {}
        self._lock = Lock()

    def ask(
        self, label: str, statement: LiteralString, values: Values | None = None
    ) -> Sequence[Row]:
        """Run one statement in its own transaction and return its rows, by column name.

        Raises: psycopg.Error, psycopg_pool.PoolTimeout.
        """
        with self._pool(label).connection() as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @property
    def sessions(self) -> int:
        """Count the sessions held now."""
        with self._lock:
            return sum(pool.get_stats().get("pool_size", 0) for pool in self._pools.values())

    def rest(self) -> None:
        """End all sessions. The next question opens new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def _pool(self, label: str) -> ConnectionPool[Connection[DictRow]]:
        with self._lock:
            if label not in self._pools:
                self._pools[label] = _pool(self._urls[label])
            return self._pools[label]


def _pool(url: str) -> ConnectionPool[Connection[DictRow]]:
    return ConnectionPool(
        url,
        connection_class=Connection[DictRow],
        kwargs={"row_factory": dict_row, "application_name": "acme"},
        min_size=1,
        max_size=_SESSIONS,
        timeout=_WAIT_S,
        open=True,
    )
