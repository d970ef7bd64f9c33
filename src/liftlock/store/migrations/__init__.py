"""The books' migrations: numbered plain SQL files, forward only, in the caller's transaction.

`store/schema.sql` is what they make together; a test compares.
"""

from importlib import resources
from typing import LiteralString, cast

from liftlock.books import Transaction

LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended('liftlock.migrations', 0))"

KEEP_RECORD: LiteralString = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text CONSTRAINT migrations_pkey PRIMARY KEY,
        applied_at timestamptz NOT NULL
    )
"""

HAS_RECORD: LiteralString = "SELECT to_regclass('migrations') IS NOT NULL"

APPLIED: LiteralString = "SELECT name FROM migrations ORDER BY name"

RECORD: LiteralString = """
    INSERT INTO migrations (name, applied_at)
    VALUES (%(name)s, %(applied_at)s)
"""


def apply(tx: Transaction) -> tuple[str, ...]:
    """Apply what the books lack, one process at a time; return the names applied, oldest first."""
    tx.connection.execute(LOCK)
    tx.connection.execute(KEEP_RECORD)
    lacking = pending(tx)
    for name in lacking:
        tx.connection.execute(_statements(name))
        tx.connection.execute(RECORD, {"name": name, "applied_at": tx.now})
    return lacking


def pending(tx: Transaction) -> tuple[str, ...]:
    """Return the names of the migrations that the books have not had, oldest first."""
    applied = _applied(tx)
    return tuple(name for name in known() if name not in applied)


def unknown(tx: Transaction) -> tuple[str, ...]:
    """Return the names of migrations that the books have had and this release does not know."""
    ours = known()
    return tuple(sorted(name for name in _applied(tx) if name not in ours))


def known() -> tuple[str, ...]:
    """Return the names of all migrations of this release, oldest first."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(f.name.removesuffix(".sql") for f in files if f.name.endswith(".sql")))


def _applied(tx: Transaction) -> frozenset[str]:
    row: tuple[bool] | None = tx.connection.execute(HAS_RECORD).fetchone()
    if row is None or not row[0]:
        return frozenset()
    rows: list[tuple[str]] = tx.connection.execute(APPLIED).fetchall()
    return frozenset(name for (name,) in rows)


def _statements(name: str) -> LiteralString:
    text = (resources.files(__name__) / f"{name}.sql").read_text(encoding="utf-8")
    return cast("LiteralString", text)  # a file of this package: as literal as the code
