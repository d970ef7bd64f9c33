"""The audit record over JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from liftlock.domain.audit_events import AuditEvent
from liftlock.services import audit_events
from liftlock.web.edge import Of, Tx, Who

router = APIRouter(prefix="/audit-events", tags=["audit events"])


class AuditEventShown(BaseModel):
    """One event: what, by whom (a person's number), when, about which move."""

    position: int
    tag: str
    at: datetime
    by: int | None
    move: int | None
    fields: dict[str, str | int | bool]
    hash: str


class AuditEventPage(BaseModel):
    """Events, latest first; `next` is the `before` of the next page."""

    audit_events: list[AuditEventShown]
    next: int | None


def shown(event: AuditEvent) -> AuditEventShown:
    """Return what a caller sees of an event."""
    return AuditEventShown(
        position=event.position,
        tag=event.tag,
        at=event.at,
        by=event.by,
        move=event.move,
        fields=dict(event.fields),
        hash=event.hash,
    )


@router.get("")
def list_audit_events(
    tx: Tx,
    who: Who,
    organisation: Of,
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> AuditEventPage:
    """Return the organisation's events, latest first."""
    found = audit_events.list_all(tx, who, organisation.id, before=before, at_most=limit)
    more = found[-1].position if len(found) == limit else None
    return AuditEventPage(audit_events=[shown(event) for event in found], next=more)
