"""The audit record through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document


def list_audit_events(
    api: Connection, *, before: int | None = None, limit: int | None = None
) -> list[Document]:
    """Return audit events, latest first; `before` is the position of the last one seen."""
    answer = cast("Document", api.get("/audit-events", before=before, limit=limit))
    return cast("list[Document]", answer["audit_events"])


def check(api: Connection) -> list[Document]:
    """Return every event that somebody has changed since it was appended: none, if all is well."""
    return cast("list[Document]", api.get("/audit-events/check"))
