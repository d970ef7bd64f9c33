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
