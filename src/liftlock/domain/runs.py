"""Runs: what people are told when a move that a worker carries out begins and ends. Pure."""

from datetime import datetime, timedelta
from typing import assert_never

from liftlock.domain.moves import Move
from liftlock.domain.slots import GRID, predicted_end
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.wall_times import said

OPENS = "resume"
"""The step that opens the target to people: from its begin on a move cannot be stopped."""


def how_it_began(move: Move, now: datetime) -> str:
    """Return a sentence or two about a move that begins now: how late, and when it should end."""
    ends = said(predicted_end(now, move.slot.length, now), move.slot.zone, now)
    return f"{_late(move, now)}It runs and should end by {ends}."


def _late(move: Move, now: datetime) -> str:
    """One booked as soon as possible is expected when it is validated, any other at its time."""
    validated = move.validated.at if move.slot.soon and move.validated else move.slot.interval.begin
    expected = max(move.slot.interval.begin, validated)
    if now - expected < GRID:
        return ""
    minutes = (now - expected) // timedelta(minutes=1)
    return f"It begins {minutes} minutes late. "


def how_it_ended(move: Move, target: str) -> str:
    """Return one sentence or two about how a run ended and in what state the target is."""
    match move.state:
        case State.COMPLETED:
            return _completed(move, target)
        case State.FAILED:
            return f"It failed and {target} is as it was before. {move.cause_said}".strip()
        case State.ERRORED:
            return f"It is errored: somebody must look at {target}. {move.cause_said}".strip()
        case (
            State.PROPOSED
            | State.VALIDATED
            | State.RUNNING
            | State.CANCELED
            | State.EXPIRED
            | State.UNDONE
        ):
            return f"It is {move.status}."
        case _:
            assert_never(move.state)


def _completed(move: Move, target: str) -> str:
    match move.kind:
        case MoveKind.MOVE_TO_STAGING:
            next_step = "Test it, then schedule the Move to Production."
        case MoveKind.MOVE_TO_PRODUCTION:
            next_step = "People work in it again."
        case MoveKind.DOWN_ALIGN:
            next_step = "It has Production's present state."
        case MoveKind.UNDO:
            next_step = "It is as it was before."
        case _:
            assert_never(move.kind)
    return f"{target} is as promised. {next_step}"
