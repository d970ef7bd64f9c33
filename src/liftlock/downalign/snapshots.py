"""One moment of Production: snapshots of its databases, opened together, held to the end.

The tables are locked against being rewritten before the snapshots are taken: one that is truncated
afterwards would look empty in them.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import tuple_row

from liftlock import clock
from liftlock.domain.progress import Progress, Tell
from liftlock.domain.schemas import Table
from liftlock.downalign.catalogs import settled
from liftlock.downalign.watching import watched
from liftlock.environments.parts import Parts
from liftlock.environments.runtimes import quiesced
from liftlock.environments.servers import Database
from liftlock.errors import Conflict

BEGIN: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
WAIT_LONG: LiteralString = "SET LOCAL lock_timeout = '10min'"
LOCK: LiteralString = "LOCK TABLE {tables} IN ACCESS SHARE MODE"
EXPORT: LiteralString = "SELECT pg_export_snapshot(), clock_timestamp()"
LIMIT_S = 4 * 3600.0
"""How long a snapshot may be held: it holds back vacuum in Production."""


class SnapshotTooOld(Conflict):
    """Copying takes longer than a snapshot may be held."""

    code = "snapshot.too_old"
    sentence = (
        "The snapshot of Production was held for {hours} hours, which holds back its vacuum. "
        "Copy from a standby, leave out what is big, or align one scope at a time."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One database's moment; it lives as long as the connection that exported it."""

    database: Database
    connection: Connection
    name: str
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """The snapshots of all databases of an alignment."""

    by_label: dict[str, Snapshot]
    spread_ms: float
    """From the first to the last one, at most."""
    begun_s: float

    @property
    def age_s(self) -> float:
        """Return for how long the oldest one has been held."""
        return clock.monotonic_s() - self.begun_s

    def watching(self, tell: Tell) -> Tell:
        """Return `tell`, which stops also when the snapshots are held for too long."""

        def told(progress: Progress, /) -> None:
            if self.age_s > LIMIT_S:
                raise SnapshotTooOld(hours=f"{self.age_s / 3600:.1f}")
            tell(progress)

        return told


@contextmanager
def opened(
    source: Parts, databases: Mapping[str, tuple[Database, Sequence[Table]]], tell: Tell
) -> Generator[Snapshots]:
    """Open a snapshot of each database, one right after the other, under the quiesce hook.

    `databases`: label to database and the tables that will be read of it.

    Raises: ServerUnreachable, StatementRefused, HookFailed, what `tell` raises.
    """
    with ExitStack() as stack:
        locked = [
            (database, _locked(stack.enter_context(settled(database)), tables, tell))
            for database, tables in databases.values()
        ]
        with quiesced(source, tell):
            begun_s = clock.monotonic_s()
            taken = [_take(database, connection) for database, connection in locked]
            spread_ms = (clock.monotonic_s() - begun_s) * 1000
        yield Snapshots(
            by_label={s.database.label: s for s in taken}, spread_ms=spread_ms, begun_s=begun_s
        )


def _locked(connection: Connection, tables: Sequence[Table], tell: Tell) -> Connection:
    """Begin a transaction that holds the tables as they are; it takes its snapshot later."""
    _ = connection.execute(BEGIN)
    if tables:
        _ = connection.execute(WAIT_LONG)
        names = (sql.SQL("ONLY ") + sql.Identifier(t.schema, t.name) for t in tables)
        statement = sql.SQL(LOCK).format(tables=sql.SQL(", ").join(names))
        _ = watched(
            lambda: connection.execute(statement),
            tell=tell,
            progress=lambda: Progress(said="waiting for locks on Production's tables"),
            connections=(connection,),
        )
    return connection


def _take(database: Database, connection: Connection) -> Snapshot:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(EXPORT).fetchone()
    name, taken_at = row or ("", clock.now())
    return Snapshot(database=database, connection=connection, name=str(name), taken_at=taken_at)
