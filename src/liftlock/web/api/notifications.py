"""Notifications over JSON: what the caller was told, and has read."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.notifications import Notification, NotificationId
from liftlock.services import notifications
from liftlock.web.edge import Tx, Who
from liftlock.web.fields import Number
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(prefix="/notifications", tags=["notifications"], route_class=OnceRoute)


class NotificationShown(BaseModel):
    """One thing that the caller was told."""

    id: int
    at: datetime
    tag: str
    title: str
    move: int | None
    said: str
    page: str
    """The address of the console's page that it is about."""
    read_at: datetime | None


def shown(told: Notification) -> NotificationShown:
    """Return what a caller sees of a notification."""
    return NotificationShown(
        id=told.id,
        at=told.created_at,
        tag=told.tag,
        title=told.title,
        move=told.move,
        said=told.said,
        page=told.page,
        read_at=told.read_at,
    )


@router.get("", responses=PAGED)
def list_notifications(tx: Tx, who: Who, page: Paging) -> list[NotificationShown]:
    """Return what the caller was told, latest first."""
    earlier = None if page.number is None else NotificationId(page.number)
    found, _ = page.trimmed(
        notifications.list_all(tx, who, before=earlier, at_most=page.at_most), lambda told: told.id
    )
    return [shown(told) for told in found]


@router.post("/{notification}/read")
def read(tx: Tx, who: Who, notification: Number) -> NotificationShown:
    """Note that the caller has read it."""
    return shown(notifications.read(tx, who, NotificationId(notification)))
