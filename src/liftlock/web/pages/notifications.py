"""The inbox: what one was told, latest first, and what of it is still unread."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request, Response

from liftlock.domain.audit_events import Tag
from liftlock.domain.notifications import INBOX, Notification, NotificationId
from liftlock.services import notifications
from liftlock.web.edge import Tx
from liftlock.web.fields import Before, Number
from liftlock.web.pages.frame import Signed, render, see_other
from liftlock.web.pages.security import Posted

router = APIRouter(prefix=INBOX)

ON_A_PAGE = 30
ICONS: Mapping[Tag, str] = MappingProxyType(
    {
        Tag.MOVE_PROPOSED: "hourglass",
        Tag.MOVE_VALIDATED: "badge-check",
        Tag.MOVE_DATE_MODIFIED: "calendar-clock",
        Tag.MOVE_BECAME_STALE: "triangle-alert",
        Tag.MOVE_EXPIRY_NEARED: "clock",
        Tag.MOVE_WITHDRAWN: "undo-2",
        Tag.MOVE_CANCELED: "circle-slash",
        Tag.MOVE_BEGUN: "loader-circle",
        Tag.MOVE_EXPIRED: "calendar-x",
        Tag.MOVE_DELAYED: "hourglass",
        Tag.MOVE_OVERRAN: "hourglass",
        Tag.MOVE_STOP_ASKED: "circle-slash",
        Tag.MOVE_RESOLVED: "hammer",
        Tag.MOVE_NOT_PUT_BACK: "octagon-alert",
        Tag.FREEZE_ENTERED: "snowflake",
        Tag.FREEZE_ENDED: "snowflake",
        Tag.FREEZE_OVERRIDDEN: "snowflake",
        Tag.POLICY_SUBMITTED: "eye-off",
        Tag.POLICY_APPROVED: "eye-off",
    }
)


@router.get("")
def inbox(request: Request, tx: Tx, signed: Signed, before: Before = None) -> Response:
    """Show what the person was told, a page at a time."""
    earlier = None if before is None else NotificationId(before)
    found = notifications.list_all(tx, signed.person, before=earlier, at_most=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    return render(
        request,
        signed,
        "notifications/inbox.html",
        messages=[(each, _icon(each)) for each in shown],
        unread=notifications.unread(tx, signed.person),
        latest=shown[0].id if shown and before is None else None,
        earlier=shown[-1].id if len(found) > ON_A_PAGE else None,
        is_first=before is None,
    )


@router.post("/read")
def read_all(request: Request, tx: Tx, signed: Signed, given: Posted) -> Response:
    """Note that everything that the page showed, or that is older, has been read."""
    up_to = given.one("up_to")
    if up_to.isascii() and up_to.isdecimal() and len(up_to) < len(str(2**63)):
        _ = notifications.read_all(tx, signed.person, NotificationId(int(up_to)))
    return see_other(request, INBOX, "Everything is marked as read.")


@router.post("/{notification}/read")
def read(request: Request, tx: Tx, signed: Signed, notification: Number) -> Response:
    """Note that a message has been read, and open the page that it is about."""
    found = notifications.read(tx, signed.person, NotificationId(notification))
    return see_other(request, found.page)


def _icon(told: Notification) -> str:
    return ICONS.get(told.tag, "info")
