"""Notifications over JSON: what the caller was told, and has read."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.notifications import Notification, NotificationId
from liftlock.services import notifications
from liftlock.web.edge import Tx, Who
from liftlock.web.fields import AtMost, Before, Number
from liftlock.web.once import OnceRoute

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


@router.get("")
def list_notifications(
    tx: Tx, who: Who, before: Before = None, limit: AtMost = 50
) -> list[NotificationShown]:
    """Return what the caller was told, latest first, below the number `before`."""
    earlier = None if before is None else NotificationId(before)
    found = notifications.list_all(tx, who, before=earlier, at_most=limit)
    return [shown(told) for told in found]


@router.post("/{notification}/read")
def read(tx: Tx, who: Who, notification: Number) -> NotificationShown:
    """Note that the caller has read it."""
    return shown(notifications.read(tx, who, NotificationId(notification)))
