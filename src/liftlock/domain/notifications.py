"""Notifications: who is told what; written with the change they speak of, sent later. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NewType

from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.people import PersonId
from liftlock.domain.statuses import State
from liftlock.errors import NotFound

NotificationId = NewType("NotificationId", int)

INBOX = "/inbox"


class NotificationNotFound(NotFound):
    """Nobody was told this, or somebody else was."""

    code = "notification.not_found"
    sentence = "There is no message {notification} in your inbox."


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing that one person is to be told."""

    id: NotificationId
    to: PersonId
    tag: Tag
    title: str
    """What it is about and what has happened, in a few words: *Move to Staging 7 is canceled*."""
    said: str
    created_at: datetime
    move: MoveId | None = None
    repository: str | None = None
    """Whose masking policy it is about."""
    read_at: datetime | None = None

    @property
    def page(self) -> str:
        """Return the address of the console's page that it is about."""
        return page_about(self.move, self.repository)


def page_about(move: MoveId | None, repository: str | None) -> str:
    """Return the address of the console's page about a move, or about a masking policy."""
    if move is not None:
        return f"/moves/{move}"
    return INBOX if repository is None else f"/policies/{repository}"


def title_of_move(tag: Tag, move: Move) -> str:
    """Return in a few words what has happened to a move."""
    return f"{move.kind.title} {move.id} {_happened(tag, move)}"


def title_of_policy(tag: Tag, repository: str) -> str:
    """Return in a few words what has happened to a masking policy."""
    return f"Masking policy {repository} {_HAPPENED.get(tag, 'has changed')}"


def _happened(tag: Tag, move: Move) -> str:
    if tag is Tag.MOVE_ENDED:
        return _ENDED.get(move.state, "has ended")
    if tag is Tag.MOVE_PROPOSED and not move.needs_validation:
        return "is scheduled"
    return _HAPPENED.get(tag, "has changed")


_ENDED: Mapping[State, str] = MappingProxyType(
    {State.COMPLETED: "is completed", State.FAILED: "failed", State.ERRORED: "needs a person"}
)
_HAPPENED: Mapping[Tag, str] = MappingProxyType(
    {
        Tag.MOVE_PROPOSED: "waits for a validation",
        Tag.MOVE_VALIDATED: "is validated",
        Tag.MOVE_DATE_MODIFIED: "has another date",
        Tag.MOVE_BECAME_STALE: "is no longer what was seen",
        Tag.MOVE_EXPIRY_NEARED: "is about to expire",
        Tag.MOVE_WITHDRAWN: "is withdrawn",
        Tag.MOVE_CANCELED: "is canceled",
        Tag.MOVE_BEGUN: "has begun",
        Tag.MOVE_EXPIRED: "has expired",
        Tag.MOVE_DELAYED: "is delayed",
        Tag.MOVE_OVERRAN: "runs longer than its time",
        Tag.MOVE_STOP_ASKED: "is being stopped",
        Tag.MOVE_RESOLVED: "is resolved",
        Tag.MOVE_UNDONE: "is undone",
        Tag.MOVE_COUNTS_AGAIN: "counts again",
        Tag.MOVE_NOT_PUT_BACK: "could not be put back",
        Tag.FREEZE_ENTERED: "lies in a freeze",
        Tag.FREEZE_ENDED: "is not frozen any more",
        Tag.FREEZE_OVERRIDDEN: "may run in a freeze",
        Tag.POLICY_SUBMITTED: "waits for an approval",
        Tag.POLICY_APPROVED: "is in force",
    }
)
