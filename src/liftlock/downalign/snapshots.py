"""One moment of Production: a snapshot of each of its databases, opened together and held until all is copied."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import tuple_row

from liftlock import clock
from liftlock.domain.progress import Progress, Tell
from liftlock.downalign.catalogs import settled
from liftlock.environments.parts import Parts
from liftlock.environments.runtimes import quiesced
from liftlock.environments.servers import Database
from liftlock.errors import Conflict

BEGIN: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
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
def opened(source: Parts, databases: Sequence[Database], tell: Tell) -> Generator[Snapshots]:
    """Open a snapshot of each database, one right after the other, under the quiesce hook if there is one.

    Raises: ServerUnreachable, HookFailed.
    """
    with ExitStack() as stack:
        connections = [stack.enter_context(settled(d)) for d in databases]
        with quiesced(source, tell):
            begun_s = clock.monotonic_s()
            taken = [_take(d, c) for d, c in zip(databases, connections, strict=True)]
            spread_ms = (clock.monotonic_s() - begun_s) * 1000
        yield Snapshots(
            by_label={s.database.label: s for s in taken}, spread_ms=spread_ms, begun_s=begun_s
        )


def _take(database: Database, connection: Connection) -> Snapshot:
    _ = connection.execute(BEGIN)
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(EXPORT).fetchone()
    name, taken_at = row or ("", clock.now())
    return Snapshot(database=database, connection=connection, name=str(name), taken_at=taken_at)
