"""The audit record over JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.audit_chains import Link
from liftlock.domain.audit_events import AuditEvent
from liftlock.domain.people import PersonId
from liftlock.services import audit_events
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Page, Paging

router = APIRouter(prefix="/audit-events", tags=["audit events"], route_class=OnceRoute)


class AuditEventShown(BaseModel):
    """One event: what, by whom, when, about which move. Nobody: Liftlock itself did it."""

    position: int
    at: datetime
    tag: str
    by: str | None
    move: int | None
    fields: dict[str, str | int | bool]
    hash: str


class AuditEventPage(BaseModel):
    """Events, latest first; `next` is the `cursor` of the next page."""

    audit_events: list[AuditEventShown]
    next: str | None


class LinkShown(BaseModel):
    """One event as its chain has it: what its hash covers, numbers instead of names."""

    organisation: int | None
    """None: the installation's own chain."""
    position: int
    tag: str
    person: int | None
    move: int | None
    environment: int | None
    at: datetime
    fields: dict[str, str | int | bool]
    previous: str
    hash: str


class BrokenLink(BaseModel):
    """An event that is not what was appended, or was moved; None: the installation's own chain."""

    organisation: str | None
    position: int


def shown(event: AuditEvent, names: Mapping[PersonId, str]) -> AuditEventShown:
    """Return what a caller sees of an event."""
    return AuditEventShown(
        position=event.position,
        at=event.at,
        tag=event.tag,
        by=None if event.by is None else names.get(event.by, f"person {event.by}"),
        move=event.move,
        fields=dict(event.fields),
        hash=event.hash,
    )


@router.get("", responses=PAGED)
def list_audit_events(tx: Tx, who: Who, organisation: Of, page: Paging) -> AuditEventPage:
    """Return the organisation's events, latest first."""
    found, following = page.trimmed(
        audit_events.list_all(tx, who, organisation.id, before=page.number, at_most=page.at_most),
        lambda event: event.position,
    )
    names = audit_events.names(tx, found)
    return AuditEventPage(audit_events=[shown(event, names) for event in found], next=following)


@router.get("/chain", responses=PAGED)
def chain(tx: Tx, who: Who, organisation: Of, page: Paging) -> list[LinkShown]:
    """Return the organisation's events as their chain has them, earliest first: to be exported."""
    after = page.number or 0
    found = audit_events.chain(tx, who, organisation.id, after=after, at_most=page.at_most)
    return _links(found, page)


@router.get("/installation", responses=PAGED)
def installations_chain(tx: Tx, who: Who, page: Paging) -> list[LinkShown]:
    """Return the events that belong to no organisation as their chain has them, earliest first."""
    after = page.number or 0
    found = audit_events.installations_chain(tx, who, after=after, at_most=page.at_most)
    return _links(found, page)


def _links(found: Sequence[Link], page: Page) -> list[LinkShown]:
    links, _ = page.trimmed(found, lambda link: link.position)
    return [LinkShown.model_validate(link, from_attributes=True) for link in links]


@router.get("/check", responses=PAGED)
def check(tx: Tx, who: Who, page: Paging) -> list[BrokenLink]:
    """Return every event that somebody has changed since it was appended: none, if all is well."""
    broken = page.cut(audit_events.broken_links(tx, who), lambda link: (link[0] or "", link[1]))
    return [BrokenLink(organisation=code, position=position) for code, position in broken]
