"""Restore points: what a target was before a move, how long it is kept, and which may go. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from liftlock.domain.environments import EnvironmentId, Kind
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.statuses import MoveKind, State
from liftlock.errors import Conflict, NotFound

RestorePointId = NewType("RestorePointId", int)

KEPT_FOR = timedelta(days=7)
KEPT_AT_MOST = 3
KEPT_AT_MOST_IN_PRODUCTION = 2


class RestorePointNotFound(NotFound):
    """No such restore point, or another organisation's."""

    code = "restore_point.not_found"
    sentence = "There is no restore point of move {move}."


class NoRoomForRestorePoint(Conflict):
    """Nothing is lost: a move whose restore point would not fit does not begin."""

    code = "restore_point.no_room"
    sentence = "A restore point of {environment} would not fit: {reasons} Then try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePoint:
    """What one move replaced or changed, kept under names that follow from the move."""

    id: RestorePointId
    organisation: OrganisationId
    environment: EnvironmentId
    kind: Kind
    move: MoveId
    size_bytes: int
    taken_at: datetime
    dropped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPoint:
    """A restore point as people read of it."""

    point: RestorePoint
    before: MoveKind
    """The kind of the move before which it was taken."""
    goes_with_next: bool
    """Whether the environment has as many as it keeps, and this one is the oldest."""
    undoable: bool
    """Whether its move is completed, so that it can be undone."""

    @property
    def until(self) -> datetime:
        """Return when it may be dropped, unless others take its place before."""
        return self.point.taken_at + KEPT_FOR


def kept(points: Sequence[tuple[RestorePoint, MoveKind, State]]) -> tuple[KeptPoint, ...]:
    """Return an organisation's points, latest first, with which of them goes next.

    Each comes with the kind and the state of its move.
    """
    counts = Counter(point.environment for point, _, _ in points)
    oldest = {point.environment: point.id for point, _, _ in points}
    return tuple(
        KeptPoint(
            point=point,
            before=before,
            goes_with_next=counts[point.environment] >= _most(point.kind)
            and oldest[point.environment] == point.id,
            undoable=state is State.COMPLETED,
        )
        for point, before, state in points
    )


def over_age(points: Sequence[RestorePoint], now: datetime) -> tuple[RestorePoint, ...]:
    """Return which of one environment's kept points may go, oldest first: too old, or too many."""
    newest_first = sorted(points, key=lambda point: point.taken_at, reverse=True)
    return tuple(
        point
        for place, point in reversed(list(enumerate(newest_first)))
        if point.taken_at + KEPT_FOR < now or place >= _most(point.kind)
    )


def _most(kind: Kind) -> int:
    return KEPT_AT_MOST_IN_PRODUCTION if kind is Kind.PRODUCTION else KEPT_AT_MOST
