"""The four moves, the states of their lives, what follows what, statuses to the letter. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from liftlock.errors import Invalid


class MoveKind(StrEnum):
    """The four moves."""

    MOVE_TO_STAGING = "move_to_staging"
    MOVE_TO_PRODUCTION = "move_to_production"
    DOWN_ALIGN = "down_align"
    UNDO = "undo"

    @property
    def title(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride, reportImplicitOverride]
        """Return what people call it: *Move to Staging*."""
        return _TITLES[self]


_TITLES: Mapping[MoveKind, str] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: "Move to Staging",
        MoveKind.MOVE_TO_PRODUCTION: "Move to Production",
        MoveKind.DOWN_ALIGN: "Down Align",
        MoveKind.UNDO: "Undo",
    }
)


class State(StrEnum):
    """Where a move is in its life, whatever its kind."""

    PROPOSED = "proposed"
    VALIDATED = "validated"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    ERRORED = "errored"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNDONE = "undone"


class Cause(StrEnum):
    """Why a move ended as it did."""

    CHECK_SAID_NO = "check_said_no"
    BROKE = "broke"
    STOPPED = "stopped"
    CANCELED = "canceled"
    WITHDRAWN = "withdrawn"
    LATE = "late"
    STALE = "stale"
    NOT_VALIDATED = "not_validated"
    FROZEN = "frozen"


class UnknownStatus(Invalid):
    """No move has this status."""

    code = "status.unknown"
    sentence = "There is no status {status}. A status is written as in ProposedMoveToStaging."


WAITING = frozenset({State.PROPOSED, State.VALIDATED})
"""Booked and not begun: what a person may still withdraw, cancel or give another date."""

ENDS = frozenset({State.COMPLETED, State.FAILED, State.ERRORED})
"""How a run can end."""

_PROPOSED = frozenset({State.VALIDATED, State.CANCELED, State.EXPIRED})
_VALIDATED = frozenset({State.PROPOSED, State.RUNNING, State.CANCELED, State.EXPIRED})
_UNDOING: Mapping[State, frozenset[State]] = MappingProxyType(
    {State.COMPLETED: frozenset({State.UNDONE}), State.UNDONE: frozenset({State.COMPLETED})}
)
"""A completed Undo undoes a completed move; when that Undo is undone, the move counts again."""
_LIFE: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.PROPOSED: _PROPOSED,
        State.VALIDATED: _VALIDATED,
        State.RUNNING: ENDS,
        **_UNDOING,
    }
)
_LIFE_WITHOUT_PROPOSAL: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.VALIDATED: _VALIDATED - {State.PROPOSED},
        State.RUNNING: ENDS,
        **_UNDOING,
    }
)

NEXT: Mapping[MoveKind, Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: _LIFE,
        MoveKind.MOVE_TO_PRODUCTION: _LIFE,
        MoveKind.DOWN_ALIGN: _LIFE_WITHOUT_PROPOSAL,
        MoveKind.UNDO: _LIFE,
    }
)
"""Which state may follow which. A state that is not a key, or that leads nowhere, is the last."""

_STATUSES: Mapping[MoveKind, Mapping[State, str]] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: {
            State.PROPOSED: "ProposedMoveToStaging",
            State.VALIDATED: "ValidatedMoveToStaging",
            State.RUNNING: "MovingToStaging",
            State.COMPLETED: "MovedToStaging",
            State.FAILED: "StagingFailed",
            State.ERRORED: "StagingErrored",
            State.CANCELED: "StagingCanceled",
            State.EXPIRED: "StagingExpired",
            State.UNDONE: "StagingUndone",
        },
        MoveKind.MOVE_TO_PRODUCTION: {
            State.PROPOSED: "ProposedMoveToProduction",
            State.VALIDATED: "ValidatedMoveToProduction",
            State.RUNNING: "MovingToProduction",
            State.COMPLETED: "MovedToProduction",
            State.FAILED: "ProductionFailed",
            State.ERRORED: "ProductionErrored",
            State.CANCELED: "ProductionCanceled",
            State.EXPIRED: "ProductionExpired",
            State.UNDONE: "ProductionUndone",
        },
        MoveKind.DOWN_ALIGN: {
            State.VALIDATED: "Scheduled",
            State.RUNNING: "Aligning",
            State.COMPLETED: "Completed",
            State.FAILED: "Failed",
            State.ERRORED: "Errored",
            State.CANCELED: "Canceled",
            State.EXPIRED: "Expired",
            State.UNDONE: "Undone",
        },
        MoveKind.UNDO: {
            State.PROPOSED: "ProposedUndo",
            State.VALIDATED: "ScheduledUndo",
            State.RUNNING: "Undoing",
            State.COMPLETED: "UndoCompleted",
            State.FAILED: "UndoFailed",
            State.ERRORED: "UndoErrored",
            State.CANCELED: "UndoCanceled",
            State.EXPIRED: "UndoExpired",
            State.UNDONE: "UndoUndone",
        },
    }
)
_READ_BACK: Mapping[str, tuple[MoveKind, State]] = MappingProxyType(
    {word: (kind, state) for kind, words in _STATUSES.items() for state, word in words.items()}
)


def status_word(kind: MoveKind, state: State) -> str:
    """Return the status as people read it, to the letter: *ProposedMoveToStaging*.

    Raises:
        UnknownStatus: a move of this kind is never in this state: a Down Align is never proposed.
    """
    word = _STATUSES[kind].get(state)
    if word is None:
        raise UnknownStatus(status=f"{state} of a {kind.title}")
    return word


def status_named(word: str) -> tuple[MoveKind, State]:
    """Return which kind of move in which state has this status.

    Raises:
        UnknownStatus: none has.
    """
    found = _READ_BACK.get(word)
    if found is None:
        raise UnknownStatus(status=word)
    return found


def states_of(kind: MoveKind) -> tuple[State, ...]:
    """Return the states that a move of this kind can be in, in the order of its life."""
    return tuple(_STATUSES[kind])


def may_follow(kind: MoveKind, state: State, following: State) -> bool:
    """Tell whether a move of this kind may pass from one state to another."""
    return following in NEXT[kind].get(state, frozenset())


def is_over(state: State) -> bool:
    """Tell whether nothing more happens by itself: neither booked nor running."""
    return state not in WAITING and state is not State.RUNNING
