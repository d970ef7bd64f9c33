"""The audit record: who did what, when; a page at a time, the latest first."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from liftlock.domain.audit_events import AuditEvent, Tag
from liftlock.services import audit_events
from liftlock.web.edge import Tx
from liftlock.web.fields import Before, Code
from liftlock.web.pages.frame import Of, Signed, render

router = APIRouter()

PAGE_LENGTH = 100
NOUNS = tuple(dict.fromkeys(tag.value.partition(".")[0] for tag in Tag))
"""What the record speaks of."""


@router.get("/audit")
def show(
    request: Request,
    tx: Tx,
    signed: Signed,
    of: Of,
    *,
    about: Code = "",
    before: Before = None,
    check: Code = "",
) -> Response:
    """Show one page of the record; `about` is the noun of its tags; `check` looks at the chain."""
    events = audit_events.list_all(
        tx, signed.person, of.id, before=before, about=about, at_most=PAGE_LENGTH + 1
    )
    return render(
        request, signed, "audit_events/page.html",
        events=events[:PAGE_LENGTH],
        names=audit_events.names(tx, events),
        kinds={each.id: each.kind.title for each in signed.environments},
        about=about,
        nouns=NOUNS,
        newest=_address(about, None) if before else None,
        older=_older(about, events),
        broken=audit_events.broken_in(tx, signed.person, of.id) if check else None,
    )  # fmt: skip


def _older(about: str, events: Sequence[AuditEvent]) -> str | None:
    is_last = len(events) <= PAGE_LENGTH
    return None if is_last else _address(about, events[PAGE_LENGTH - 1].position)


def _address(about: str, before: int | None) -> str:
    given = {name: value for name, value in (("about", about), ("before", before)) if value}
    return f"/audit?{urlencode(given)}" if given else "/audit"
