"""Figures of the whole installation, as the books have them: sums and ages, nobody's name."""

from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.environments import Kind
from liftlock.domain.metrics import KeptPoints, Outbox, Total, Waits
from liftlock.domain.statuses import MoveKind, State

MOVES: LiteralString = "SELECT kind, state, count(*) FROM moves GROUP BY kind, state"

WAITS: LiteralString = """
    SELECT coalesce(extract(epoch FROM max(%(now)s - moves.submitted_at)
                            FILTER (WHERE state = 'proposed')), 0)::float8,
           coalesce(extract(epoch FROM max(%(now)s - lower(slots.slot))
                            FILTER (WHERE state = 'validated' AND lower(slots.slot) <= %(now)s)),
                    0)::float8,
           coalesce(extract(epoch FROM max(%(now)s - moves.ended_at)
                            FILTER (WHERE state = 'errored')), 0)::float8,
           count(*) FILTER (WHERE state = 'errored')
      FROM moves
      JOIN slots ON slots.id = moves.slot_id
     WHERE state IN ('proposed', 'validated') OR state = 'errored' AND resolved_at IS NULL
"""

HELD_UP: LiteralString = """
    SELECT moves.kind, count(*),
           sum(greatest(extract(epoch FROM moves.begun_at - lower(slots.slot)), 0))::float8
      FROM moves
      JOIN slots ON slots.id = moves.slot_id
     WHERE moves.begun_at IS NOT NULL
     GROUP BY moves.kind
"""

STEPS: LiteralString = """
    SELECT moves.kind, steps.name, count(*),
           sum(extract(epoch FROM steps.ended_at - steps.begun_at))::float8
      FROM steps
      JOIN moves ON moves.id = steps.move_id
     WHERE steps.ended_at IS NOT NULL
     GROUP BY moves.kind, steps.name
     ORDER BY moves.kind, steps.name
"""

RESTORE_POINTS: LiteralString = """
    SELECT environments.kind, count(*), sum(restore_points.bytes)::bigint
      FROM restore_points
      JOIN environments ON environments.id = restore_points.environment_id
     WHERE restore_points.dropped_at IS NULL
     GROUP BY environments.kind
"""

OUTBOX: LiteralString = """
    SELECT count(*) FILTER (WHERE mailings.state = 'waiting'),
           coalesce(extract(epoch FROM max(%(now)s - notifications.created_at)
                            FILTER (WHERE mailings.state = 'waiting')), 0)::float8,
           count(*) FILTER (WHERE mailings.state = 'given_up')
      FROM mailings
      JOIN notifications ON notifications.id = mailings.notification_id
"""


def moves(tx: Transaction) -> dict[tuple[MoveKind, State], int]:
    """Return how many moves of each kind are in each state; nothing of what there is none of."""
    rows: list[tuple[str, str, int]] = tx.connection.execute(MOVES).fetchall()
    return {(MoveKind(kind), State(state)): number for kind, state, number in rows}


def waits(tx: Transaction) -> Waits:
    """Return what waits now, and how long the longest has."""
    row: tuple[float, float, float, int] | None
    row = tx.connection.execute(WAITS, {"now": tx.now}).fetchone()
    validation_s, begin_s, resolution_s, errored = row or (0.0, 0.0, 0.0, 0)
    return Waits(
        validation_s=validation_s, begin_s=begin_s, resolution_s=resolution_s, errored=errored
    )


def held_up(tx: Transaction) -> dict[MoveKind, Total]:
    """Return how long moves that began had waited since their slots did."""
    rows: list[tuple[str, int, float]] = tx.connection.execute(HELD_UP).fetchall()
    return {MoveKind(kind): Total(times=times, seconds=s) for kind, times, s in rows}


def steps(tx: Transaction) -> dict[tuple[MoveKind, str], Total]:
    """Return how long finished steps took."""
    rows: list[tuple[str, str, int, float]] = tx.connection.execute(STEPS).fetchall()
    return {(MoveKind(kind), name): Total(times=n, seconds=s) for kind, name, n, s in rows}


def restore_points(tx: Transaction) -> dict[Kind, KeptPoints]:
    """Return the restore points that there are, by the kind of their environment."""
    rows: list[tuple[str, int, int]] = tx.connection.execute(RESTORE_POINTS).fetchall()
    return {Kind(kind): KeptPoints(points=n, size_bytes=size) for kind, n, size in rows}


def outbox(tx: Transaction) -> Outbox:
    """Return what of the mail has not gone out."""
    row: tuple[int, float, int] | None
    row = tx.connection.execute(OUTBOX, {"now": tx.now}).fetchone()
    waiting, oldest_s, given_up = row or (0, 0.0, 0)
    return Outbox(waiting=waiting, oldest_s=oldest_s, given_up=given_up)
