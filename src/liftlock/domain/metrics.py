"""What an operator watches: figures of the whole installation, without a name of anybody. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from liftlock.domain.environments import Kind
from liftlock.domain.statuses import MoveKind, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How often something was done, and how long all of it took together."""

    times: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How long ago a worker last showed that it lives."""

    host: str
    place: int
    """The oldest worker of a host is 1: a restarted worker takes a place that has been there."""
    ago_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPoints:
    """The restore points that environments of one kind have."""

    points: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Mail that has not gone out."""

    waiting: int
    oldest_s: float
    """0 when nothing waits."""
    given_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What waits now, and for how long the one that has waited longest; 0 when nothing does."""

    validation_s: float
    """A proposal, since it was submitted."""
    begin_s: float
    """A validated move, since its slot began."""
    resolution_s: float
    """An errored move, since it ended."""
    errored: int
    """How many errored moves nobody has resolved: each blocks its organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Everything that is measured, at one moment."""

    moves: Mapping[tuple[MoveKind, State], int]
    waits: Waits
    held_up: Mapping[MoveKind, Total]
    """From a slot's begin until its move began."""
    steps: Mapping[tuple[MoveKind, str], Total]
    """Finished steps, undos under names of their own."""
    beats: tuple[Beat, ...]
    restore_points: Mapping[Kind, KeptPoints]
    outbox: Outbox
