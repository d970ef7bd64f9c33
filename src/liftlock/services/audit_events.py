"""The audit record: read by those who may; checked for whether anybody has changed it."""

from collections.abc import Iterable, Mapping

from liftlock.books import Transaction
from liftlock.domain.audit_chains import Head, Link
from liftlock.domain.audit_events import AuditEvent
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person, PersonId
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import organisations
from liftlock.store import audit_events, people


def list_all(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    *,
    before: int | None = None,
    about: str = "",
    at_most: int = 100,
) -> tuple[AuditEvent, ...]:
    """Return the organisation's events, latest first, from position `before` on down.

    `about` is the noun of their tags (`move`); empty: all.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ_AUDIT, organisation)
    found = audit_events.list_all(tx, organisation.id, before=before, about=about, at_most=at_most)
    return tuple(found)


def chain(
    tx: Transaction, who: Person, organisation_id: OrganisationId, *, after: int, at_most: int
) -> tuple[Link, ...]:
    """Return the organisation's events as their chain has them, earliest first.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ_AUDIT, organisation)
    return tuple(audit_events.chain(tx, organisation.id, after, at_most))


def installations_chain(
    tx: Transaction, who: Person, *, after: int, at_most: int
) -> tuple[Link, ...]:
    """Return what `chain` does of what belongs to no organisation. Raises: NotAllowed."""
    who_may.require_operator(who)
    return tuple(audit_events.chain(tx, None, after, at_most))


def heads(tx: Transaction) -> tuple[Head, ...]:
    """Return the head of each chain, for a worker that signs them."""
    return tuple(audit_events.heads(tx))


def names(tx: Transaction, of: Iterable[AuditEvent]) -> Mapping[PersonId, str]:
    """Return who everybody is that did what these events say."""
    return people.names(tx, {event.by for event in of if event.by is not None})


def broken_in(tx: Transaction, who: Person, organisation_id: OrganisationId) -> tuple[int, ...]:
    """Return the positions of the organisation's events that are not what was appended.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ_AUDIT, organisation)
    return tuple(at for chain, at in audit_events.broken(tx) if chain == organisation.id)


def broken_links(tx: Transaction, who: Person) -> tuple[tuple[str | None, int], ...]:
    """Return what `broken` does, with the codes of the organisations.

    Raises: NotAllowed.
    """
    found = broken(tx, who)
    codes = {each.id: each.code for each in organisations.list_all(tx, who)}
    return tuple((None if chain is None else codes[chain], at) for chain, at in found)


def broken(tx: Transaction, who: Person) -> tuple[tuple[OrganisationId | None, int], ...]:
    """Return the chain and position of each event that is not what was appended, or was moved.

    Raises: NotAllowed.
    """
    who_may.require_operator(who)
    return tuple(audit_events.broken(tx))
