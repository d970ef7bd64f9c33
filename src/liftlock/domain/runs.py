"""Runs: what people are told when a move that a worker carried out has ended. Pure."""

from typing import assert_never

from liftlock.domain.moves import Move
from liftlock.domain.statuses import State

OPENS = "resume"
"""The step that opens the target to people: from its begin on a move cannot be stopped."""


def how_it_ended(move: Move, target: str) -> str:
    """Return one sentence or two about how a run ended and in what state the target is."""
    match move.state:
        case State.COMPLETED:
            return "It is completed."
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
