"""Moves that are due: whose slots have begun, what holds them up, how long such moves took."""

from datetime import timedelta
from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.moves import Move
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.statuses import MoveKind
from liftlock.store.moves import COLUMNS, many, one

WITH_DUE_MOVES: LiteralString = """
    SELECT DISTINCT moves.organisation_id
      FROM moves
      JOIN slots ON slots.id = moves.slot_id
     WHERE moves.state IN ('proposed', 'validated') AND lower(slots.slot) <= %(now)s
     ORDER BY moves.organisation_id
"""

DUE: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s AND moves.state IN ('proposed', 'validated')
       AND lower(slots.slot) <= %(now)s
     ORDER BY slots.slot
       FOR UPDATE OF moves, slots SKIP LOCKED
"""
)

BLOCKING: LiteralString = (
    COLUMNS
    + """
     WHERE moves.organisation_id = %(organisation)s
       AND (moves.state = 'running' OR moves.state = 'errored' AND moves.resolved_at IS NULL)
     ORDER BY moves.state = 'running' DESC, moves.id
     LIMIT 1
"""
)

RUNNING: LiteralString = (
    COLUMNS + "WHERE moves.state = 'running' ORDER BY moves.organisation_id, moves.id"
)

PAST_LENGTHS: LiteralString = """
    SELECT ended_at - begun_at
      FROM (SELECT begun_at, ended_at FROM moves
             WHERE organisation_id = %(organisation)s AND kind = %(kind)s
                   AND state IN ('completed', 'undone')
             ORDER BY ended_at DESC
             LIMIT %(at_most)s) AS latest
     ORDER BY ended_at
"""

WAY_IS_FREE: LiteralString = """
    UPDATE moves
       SET way_free_at = %(now)s
      FROM slots
     WHERE slots.id = moves.slot_id AND moves.organisation_id = %(organisation)s
       AND moves.state IN ('proposed', 'validated') AND lower(slots.slot) <= %(now)s
"""


def load_due(tx: Transaction, organisation: OrganisationId) -> list[Move]:
    """Lock and return the waiting moves whose slots have begun, earliest first; locked ones not."""
    return many(tx, DUE, {"organisation": organisation, "now": tx.now})


def blocking(tx: Transaction, organisation: OrganisationId) -> Move | None:
    """Return the move that lets no other begin: it runs, or is errored and unresolved."""
    return one(tx, BLOCKING, {"organisation": organisation})


def with_due_moves(tx: Transaction) -> list[OrganisationId]:
    """Return the organisations with waiting moves whose slots have begun."""
    rows: list[tuple[int]] = tx.connection.execute(WITH_DUE_MOVES, {"now": tx.now}).fetchall()
    return [OrganisationId(row[0]) for row in rows]


def running(tx: Transaction) -> list[Move]:
    """Return the running moves of all organisations."""
    return many(tx, RUNNING, {})


def past_lengths(
    tx: Transaction, organisation: OrganisationId, kind: MoveKind, at_most: int
) -> list[timedelta]:
    """Return how long the latest completed moves of a kind ran, latest last."""
    fields = {"organisation": organisation, "kind": kind, "at_most": at_most}
    rows: list[tuple[timedelta]] = tx.connection.execute(PAST_LENGTHS, fields).fetchall()
    return [row[0] for row in rows]


def way_is_free(tx: Transaction, organisation: OrganisationId) -> None:
    """Note that nothing holds up any more what is due: its lateness counts from now."""
    tx.connection.execute(WAY_IS_FREE, {"organisation": organisation, "now": tx.now})
