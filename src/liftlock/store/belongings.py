"""What the books say of the things that stand beside an environment: restore points, open moves."""

from collections.abc import Collection, Mapping
from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.belongings import Listed
from liftlock.domain.environments import Environment

MOVES: LiteralString = """
    SELECT id FROM moves WHERE organisation_id = %(organisation)s AND id = ANY(%(moves)s)
"""

RESTORE_POINTS: LiteralString = """
    SELECT move_id
      FROM restore_points
     WHERE organisation_id = %(organisation)s AND environment_id = %(environment)s
       AND dropped_at IS NULL
"""

UNSETTLED: LiteralString = """
    SELECT id
      FROM moves
     WHERE organisation_id = %(organisation)s
       AND (state = 'running' OR state = 'errored' AND resolved_at IS NULL)
"""


def listed(tx: Transaction, environment: Environment, moves: Collection[int]) -> Listed:
    """Return what the books say about an environment, and which of these moves they know."""
    about = {
        "organisation": environment.organisation,
        "environment": environment.id,
        "moves": list(moves),
    }
    return Listed(
        moves=_numbers(tx, MOVES, about),
        restore_points=_numbers(tx, RESTORE_POINTS, about),
        unsettled=_numbers(tx, UNSETTLED, about),
    )


def _numbers(
    tx: Transaction, statement: LiteralString, about: Mapping[str, int | list[int]]
) -> frozenset[int]:
    rows: list[tuple[int]] = tx.connection.execute(statement, about).fetchall()
    return frozenset(number for (number,) in rows)
