"""The databases of a scan, connected on both sides: the source and the copy."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow
from pydantic import SecretStr

from liftlock.domain.decisions import Policy
from liftlock.domain.schemas import Table
from liftlock.downalign.catalogs import settled
from liftlock.downalign.masking.compiling import prepare
from liftlock.downalign.masking.expressions import format_
from liftlock.downalign.masking.fingerprinting import Salt
from liftlock.environments.servers import Database

_IN_UTC: LiteralString = "SET TIME ZONE 'UTC'"
_BEGIN: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SNAPSHOT: LiteralString = "SET TRANSACTION SNAPSHOT {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One database to scan: where originals are, where they must not be, what was decided."""

    source: Database
    copy: Database
    policy: Policy
    tables: Sequence[Table]
    """The source's tables."""
    snapshot: str | None = None
    """The copy's snapshot of the source, while it lives; None: as the source is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A database to scan, connected on both sides."""

    label: str
    policy: Policy
    tables: Sequence[Table]
    source: Connection[TupleRow]
    copy: Connection[TupleRow]


@contextmanager
def opened(databases: Sequence[Scanned], key: SecretStr, salt: Salt) -> Generator[list[Opened]]:
    """Connect both sides of each database; the sources read only, each at one moment.

    Raises: ServerUnreachable, StatementRefused, UnusableKey.
    """
    with ExitStack() as stack:
        yield [_open(one, key, salt, stack) for one in databases]


def _open(one: Scanned, key: SecretStr, salt: Salt, stack: ExitStack) -> Opened:
    source = stack.enter_context(settled(one.source))
    copy = stack.enter_context(settled(one.copy))
    prepare(source, key)
    for connection in (source, copy):
        _ = connection.execute(_IN_UTC)
        salt.give_to(connection)
    _ = source.execute(_BEGIN)
    if one.snapshot is not None:
        _ = source.execute(format_(_SNAPSHOT, name=one.snapshot))
    return Opened(
        label=one.source.label, policy=one.policy, tables=one.tables, source=source, copy=copy
    )
