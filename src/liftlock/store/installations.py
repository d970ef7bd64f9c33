"""The installation in the books: one row."""

from datetime import timedelta
from typing import LiteralString

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.installations import Installation
from liftlock.domain.statuses import MoveKind
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO installations (name, zone, created_at)
    VALUES (%(name)s, %(zone)s, %(now)s)
    ON CONFLICT ON CONSTRAINT installations_pkey DO NOTHING
"""

LOAD: LiteralString = """
    SELECT name, zone, move_to_staging_min, move_to_production_min, down_align_min, undo_min,
           late_after_min
      FROM installations
"""


# A dump that is restored, and a template's copy, get another OID; a server's replica has the same.
HERE: LiteralString = """
    SELECT system_identifier::text || ':' || oid::text, datname
      FROM pg_control_system(), pg_database
     WHERE datname = current_database()
"""

AT: LiteralString = "SELECT database_id FROM installations"

SETTLE: LiteralString = "UPDATE installations SET database_id = %(here)s"


def as_installation(
    *,
    name: str,
    zone: str,
    move_to_staging_min: int,
    move_to_production_min: int,
    down_align_min: int,
    undo_min: int,
    late_after_min: int,
) -> Installation:
    """Make an installation of its row."""
    first_guess = {
        MoveKind.MOVE_TO_STAGING: timedelta(minutes=move_to_staging_min),
        MoveKind.MOVE_TO_PRODUCTION: timedelta(minutes=move_to_production_min),
        MoveKind.DOWN_ALIGN: timedelta(minutes=down_align_min),
        MoveKind.UNDO: timedelta(minutes=undo_min),
    }
    late_after = timedelta(minutes=late_after_min)
    return Installation(name=name, zone=zone, first_guess=first_guess, late_after=late_after)


def add(tx: Transaction, name: str, zone: str) -> None:
    """Write the installation; where there is one already, it stays as it is."""
    _ = constraints.write(tx, ADD, {"name": name, "zone": zone, "now": tx.now})


def load(tx: Transaction) -> Installation | None:
    """Return the installation; None before `liftlock init`."""
    with tx.connection.cursor(row_factory=kwargs_row(as_installation)) as cursor:
        return cursor.execute(LOAD).fetchone()


def is_at_home(tx: Transaction) -> bool:
    """Say whether these books are in the database that they were written in; new ones are."""
    row: tuple[str | None] | None = tx.connection.execute(AT).fetchone()
    return row is None or row[0] in {None, _here(tx)[0]}


def settle(tx: Transaction) -> None:
    """Write that these books belong into this database."""
    tx.connection.execute(SETTLE, {"here": _here(tx)[0]})


def database_name(tx: Transaction) -> str:
    """Return the name of the books' database."""
    return _here(tx)[1]


def _here(tx: Transaction) -> tuple[str, str]:
    rows: list[tuple[str, str]] = tx.connection.execute(HERE).fetchall()
    return rows[0]
