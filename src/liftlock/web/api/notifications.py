"""Notifications over JSON: what the caller was told."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.services import notifications
from liftlock.web.edge import Tx, Who

router = APIRouter(prefix="/notifications", tags=["notifications"])


class NotificationShown(BaseModel):
    """One thing that the caller was told."""

    id: int
    at: datetime
    tag: str
    move: int | None
    said: str


@router.get("")
def list_notifications(tx: Tx, who: Who) -> list[NotificationShown]:
    """Return what the caller was told, latest first."""
    return [
        NotificationShown(
            id=told.id, at=told.created_at, tag=told.tag, move=told.move, said=told.said
        )
        for told in notifications.list_all(tx, who)
    ]
