"""Reasons: all that the books know of why a move does not move, for the line that says it."""

from dataclasses import replace
from datetime import datetime

from liftlock.books import Transaction
from liftlock.domain import reasons
from liftlock.domain.audit_events import AuditEvent, Tag
from liftlock.domain.consoles import Page
from liftlock.domain.environments import Environment, EnvironmentId
from liftlock.domain.moves import Move
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.reasons import Around, AtRest
from liftlock.domain.statuses import Cause, State
from liftlock.services import installations
from liftlock.store import audit_events, people, resolutions

UNREAD = "unread"
"""The field of a delay's audit event that says why Production could not be read."""


def why(tx: Transaction, move: Move, around: Around) -> str:
    """Return why a move does not move; what the caller has not put into `around` is looked up."""
    errored = next((m for m in (move, around.blocked_by) if m and _is_errored(m)), None)
    resolution = resolutions.under_way(tx, errored.organisation, errored.id) if errored else None
    asked = move.stop_asked.by if move.stop_asked else resolution.asked_by if resolution else None
    unread = _unread_since_due(tx, move)
    whole = replace(
        around,
        administrators=administrators(tx, move.target),
        resolvers=administrators(tx, errored.target) if errored else (),
        resolution=resolution,
        asked_by=name(tx, asked),
        late_after=installations.load(tx).late_after,
        stale_since=_stale_since(tx, move),
        unread=unread_said(tx, move),
        unread_since=unread.at if unread else None,
    )
    return reasons.why(move, whole)


def at_rest(
    tx: Transaction,
    page: Page,
    tested: Move | None,
    previous: Move | None,
    staging: Environment | None,
) -> str:
    """Return why nothing moves on a page with no plan; `staging` is where `tested` is."""
    signed = ended(tx, previous) if previous else None
    around = AtRest(
        now=tx.now,
        tested=tested,
        testers=administrators(tx, staging.id) if staging else (),
        previous=previous,
        ended=signed,
        ended_by=name(tx, signed.by) if signed else "",
    )
    return reasons.at_rest(page, around)


def unread_said(tx: Transaction, move: Move) -> str:
    """Return why Production could not be read when a move that is due was to begin."""
    event = _unread_since_due(tx, move)
    return str(event.fields[UNREAD]) if event else ""


def _unread_since_due(tx: Transaction, move: Move) -> AuditEvent | None:
    if move.state is not State.VALIDATED or tx.now < move.slot.interval.begin:
        return None
    event = audit_events.last_of_move(tx, move, Tag.MOVE_DELAYED)
    is_it = event is not None and UNREAD in event.fields and event.at >= move.slot.interval.begin
    return event if is_it else None


def ended(tx: Transaction, move: Move) -> Signature | None:
    """Return who canceled or withdrew a move, and when; None when nobody did."""
    tags = {Cause.CANCELED: Tag.MOVE_CANCELED, Cause.WITHDRAWN: Tag.MOVE_WITHDRAWN}
    tag = tags.get(move.cause) if move.cause else None
    event = audit_events.last_of_move(tx, move, tag) if tag else None
    return Signature(by=event.by, at=event.at) if event and event.by is not None else None


def administrators(tx: Transaction, environment: EnvironmentId) -> tuple[str, ...]:
    """Return the names of an environment's administrators."""
    return tuple(person.name for person in people.administrators(tx, environment))


def name(tx: Transaction, person: PersonId | None) -> str:
    """Return somebody's name; empty for nobody."""
    return people.names(tx, {person}).get(person, "") if person is not None else ""


def _is_errored(move: Move) -> bool:
    return move.state is State.ERRORED and move.resolved is None


def _stale_since(tx: Transaction, move: Move) -> datetime | None:
    event = audit_events.last_of_move(tx, move, Tag.MOVE_BECAME_STALE) if move.changed else None
    return event.at if event else None
