"""The audit record through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document


def list_audit_events(api: Connection, *, before: int | None = None) -> list[Document]:
    """Return audit events, newest first; `before` is the position of the last one seen."""
    answer = cast("Document", api.get("/audit-events", before=before))
    return cast("list[Document]", answer["audit_events"])
