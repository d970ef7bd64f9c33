"""Resolutions: what a person does about an errored move, and so ends the block on the organisation.

Pure.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId
from liftlock.errors import Conflict

ResolutionId = NewType("ResolutionId", int)


class How(StrEnum):
    """The two ways out."""

    PUT_BACK_AGAIN = "put_back_again"
    """A worker undoes once more what still stands."""
    MARK_AS_REPAIRED = "mark_as_repaired"
    """A person has put it right, and says how in a note."""


class ResolutionState(StrEnum):
    """How far a resolution is."""

    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class AlreadyBeingResolved(Conflict):
    """Somebody has asked for the same, and it has not ended."""

    code = "resolution.already_asked"
    sentence = "Move {move} is already being put back again. Wait until that has ended."


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """One attempt to end the block of an errored move."""

    id: ResolutionId
    organisation: OrganisationId
    move: MoveId
    how: How
    state: ResolutionState
    asked_by: PersonId
    asked_at: datetime
    note: str
    said: str = ""
    """What came of it."""
