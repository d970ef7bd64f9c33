"""Restore points over JSON."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.environments import Kind
from liftlock.domain.restore_points import KeptPoint
from liftlock.domain.statuses import MoveKind
from liftlock.services import restore_points
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Key, Paging, instant

router = APIRouter(prefix="/restore-points", tags=["restore points"], route_class=OnceRoute)


class RestorePointShown(BaseModel):
    """What one move replaced or changed."""

    move: int
    before: MoveKind
    """The kind of the move before which it was taken."""
    environment: Kind
    taken_at: datetime
    kept_until: datetime
    """When it may be dropped, unless others take its place before."""
    bytes: int
    undoable: bool
    """Whether its move is completed and in force, so that it can be undone."""


def shown(kept: KeptPoint) -> RestorePointShown:
    """Return what a caller sees of a restore point."""
    return RestorePointShown(
        move=kept.point.move,
        before=kept.before,
        environment=kept.point.kind,
        taken_at=kept.point.taken_at,
        kept_until=kept.until,
        bytes=kept.point.size_bytes,
        undoable=kept.undoable,
    )


@router.get("", responses=PAGED)
def list_restore_points(
    tx: Tx, who: Who, organisation: Of, page: Paging
) -> list[RestorePointShown]:
    """Return the restore points that the organisation's environments have, by environment."""
    kept = restore_points.kept(tx, who, organisation.id)
    return [shown(each) for each in page.cut(kept, _order)]


def _order(kept: KeptPoint) -> Key:
    point = kept.point
    return tuple(Kind).index(point.kind), -instant(point.taken_at), point.move
