"""The audit record through the API."""

from liftlock.client.connection import Connection, Document


def list_audit_events(api: Connection, *, at_most: int | None = None) -> list[Document]:
    """Return audit events, latest first; at most so many."""
    return api.every("/audit-events", named="audit_events", at_most=at_most)


def check(api: Connection) -> list[Document]:
    """Return every event that somebody has changed since it was appended: none, if all is well."""
    return api.every("/audit-events/check")


def chain(api: Connection) -> list[Document]:
    """Return the organisation's events as their chain has them, earliest first."""
    return api.every("/audit-events/chain")


def installations_chain(api: Connection) -> list[Document]:
    """Return what `chain` does of what belongs to no organisation; for platform operators."""
    return api.every("/audit-events/installation")
