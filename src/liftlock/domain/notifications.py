"""Notifications: who is told what; written with the change they speak of, sent later. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import MoveId
from liftlock.domain.people import PersonId

NotificationId = NewType("NotificationId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing that one person is to be told."""

    id: NotificationId
    to: PersonId
    tag: Tag
    said: str
    created_at: datetime
    move: MoveId | None = None
