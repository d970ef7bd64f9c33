"""The steps of a running move as people watch them: how far each is, what it said. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from liftlock.domain.moves import MoveId
from liftlock.domain.progress import Progress


class StepState(StrEnum):
    """How far one step is."""

    RUNNING = "running"
    DONE = "done"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One step, or one undo (`undo swap`), of a move that began."""

    move: MoveId
    name: str
    state: StepState
    tries: int
    """How often it was begun: more than once after a crash or an outage."""
    begun_at: datetime
    told_at: datetime
    ended_at: datetime | None
    progress: Progress
