"""Restore points over JSON."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.environments import Kind
from liftlock.domain.restore_points import RestorePoint
from liftlock.services import environments, restore_points
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Key, Paging, instant

router = APIRouter(prefix="/restore-points", tags=["restore points"], route_class=OnceRoute)


class RestorePointShown(BaseModel):
    """What one move replaced or changed."""

    move: int
    environment: Kind
    taken_at: datetime
    bytes: int


def shown(point: RestorePoint) -> RestorePointShown:
    """Return what a caller sees of a restore point."""
    return RestorePointShown(
        move=point.move,
        environment=point.kind,
        taken_at=point.taken_at,
        bytes=point.size_bytes,
    )


@router.get("", responses=PAGED)
def list_restore_points(
    tx: Tx, who: Who, organisation: Of, page: Paging
) -> list[RestorePointShown]:
    """Return the restore points that the organisation's environments have, by environment."""
    every = [
        point
        for environment in environments.list_all(tx, who, organisation.id)
        for point in restore_points.list_all(tx, who, environment.id)
    ]
    return [shown(point) for point in page.cut(every, _order)]


def _order(point: RestorePoint) -> Key:
    return tuple(Kind).index(point.kind), -instant(point.taken_at), point.move
