"""Maintenance through the API."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document


def book(
    api: Connection, *, at: Mapping[str, object], minutes: int, reason: str, environment: str
) -> Document:
    """Book a time of work on an environment; nothing moves meanwhile.

    `at` is `{"wall": "2026-05-29T22:00"}`, with `fold` where that exists twice.
    """
    body = {"at": at, "minutes": minutes, "reason": reason, "environment": environment}
    return cast("Document", api.post("/maintenance", body))


def list_maintenance(api: Connection) -> list[Document]:
    """Return the booked times of work that are not over, earliest first."""
    return api.every("/maintenance")


def cancel(api: Connection, maintenance: int) -> None:
    """Give the time free again."""
    _ = api.delete(f"/maintenance/{maintenance}")
