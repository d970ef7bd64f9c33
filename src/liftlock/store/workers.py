"""Workers in the books: who lives, judged by the database's clock alone."""

from datetime import datetime, timedelta
from typing import LiteralString

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.workers import ExecutorId, Worker

ARRIVE: LiteralString = """
    INSERT INTO workers (executor_id, version, started_at, beat_at)
    VALUES (%(executor_id)s, %(version)s, %(now)s, %(now)s)
    ON CONFLICT ON CONSTRAINT workers_pkey DO UPDATE SET beat_at = excluded.beat_at
"""

BEAT: LiteralString = "UPDATE workers SET beat_at = %(now)s WHERE executor_id = %(executor_id)s"

LEAVE: LiteralString = "DELETE FROM workers WHERE executor_id = %(executor_id)s"

# When the server itself was away, nobody could beat: that time does not count.
SILENT: LiteralString = """
    SELECT executor_id, version, started_at, beat_at
      FROM workers
     WHERE greatest(beat_at, pg_postmaster_start_time()) < %(before)s
     ORDER BY executor_id
"""

ALL: LiteralString = """
    SELECT executor_id, version, started_at, beat_at
      FROM workers
     ORDER BY executor_id
"""


def as_worker(*, executor_id: str, version: str, started_at: datetime, beat_at: datetime) -> Worker:
    """Make a worker of a row."""
    return Worker(
        executor_id=ExecutorId(executor_id),
        version=version,
        started_at=started_at,
        beat_at=beat_at,
    )


def arrive(tx: Transaction, executor_id: ExecutorId, version: str) -> None:
    """Write that a worker lives from now on."""
    fields = {"executor_id": executor_id, "version": version, "now": tx.now}
    tx.connection.execute(ARRIVE, fields)


def beat(tx: Transaction, executor_id: ExecutorId) -> bool:
    """Write that a worker still lives; false when others have declared it dead."""
    cursor = tx.connection.execute(BEAT, {"executor_id": executor_id, "now": tx.now})
    return cursor.rowcount == 1


def leave(tx: Transaction, executor_id: ExecutorId) -> None:
    """Take a worker off the list."""
    tx.connection.execute(LEAVE, {"executor_id": executor_id})


def silent(tx: Transaction, lasting: timedelta) -> list[Worker]:
    """Return the workers that have not shown that they live for so long."""
    with tx.connection.cursor(row_factory=kwargs_row(as_worker)) as cursor:
        return cursor.execute(SILENT, {"before": tx.now - lasting}).fetchall()


def load_all(tx: Transaction) -> list[Worker]:
    """Return every worker on the list."""
    with tx.connection.cursor(row_factory=kwargs_row(as_worker)) as cursor:
        return cursor.execute(ALL).fetchall()
