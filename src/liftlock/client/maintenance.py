"""Maintenance through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document


def book(api: Connection, *, wall: str, minutes: int, reason: str, environment: str) -> Document:
    """Book a time of work on an environment; nothing moves meanwhile."""
    body = {"at": {"wall": wall}, "minutes": minutes, "reason": reason, "environment": environment}
    return cast("Document", api.post("/maintenance", body))


def cancel(api: Connection, maintenance: int) -> None:
    """Give the time free again."""
    _ = api.delete(f"/maintenance/{maintenance}")
