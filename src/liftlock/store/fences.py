"""Fencing numbers in the books: one a target environment, only ever raised."""

from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.moves import MoveId

LOCK: LiteralString = """
    INSERT INTO fences (environment_id, number, taken_at)
    VALUES (%(environment_id)s, 0, %(now)s)
    ON CONFLICT ON CONSTRAINT fences_pkey DO UPDATE SET number = fences.number
"""

RAISE: LiteralString = """
    UPDATE fences
       SET number = number + 1, move_id = %(move_id)s, taken_at = %(now)s
     WHERE environment_id = %(environment_id)s
 RETURNING number
"""

PRESENT: LiteralString = """
    SELECT number
      FROM fences
     WHERE environment_id = %(environment_id)s
       FOR SHARE
"""


def lock(tx: Transaction, environment: EnvironmentId) -> None:
    """Keep others from raising this environment's number until the transaction ends."""
    tx.connection.execute(LOCK, {"environment_id": environment, "now": tx.now})


def raise_number(tx: Transaction, environment: EnvironmentId, move: MoveId) -> int:
    """Raise the number of an environment and return it."""
    fields = {"environment_id": environment, "move_id": move, "now": tx.now}
    rows: list[tuple[int]] = tx.connection.execute(RAISE, fields).fetchall()
    return rows[0][0]


def present(tx: Transaction, environment: EnvironmentId) -> int:
    """Return an environment's number (0: never taken), which stays until `tx` ends."""
    cursor = tx.connection.execute(PRESENT, {"environment_id": environment})
    row: tuple[int] | None = cursor.fetchone()
    return row[0] if row else 0
