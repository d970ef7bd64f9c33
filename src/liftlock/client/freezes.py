"""Freezes through the API."""

from typing import cast

from liftlock.client.connection import Connection, Document


def list_freezes(api: Connection) -> list[Document]:
    """Return the freezes that are not over, each with the booked moves (`over`) that it stops."""
    return api.every("/freezes")


def enter(
    api: Connection,
    *,
    begin: str,
    end: str,
    reason: str,
    environment: str | None = None,
    weekly: bool = False,
) -> Document:
    """Enter a freeze between two wall-clock times, `2026-12-18T00:00`; of all without environment.

    `over` of the answer names the booked moves that expire without an override.
    """
    body = {"begin": begin, "end": end, "reason": reason, "weekly": weekly}
    where = {} if environment is None else {"environment": environment}
    return cast("Document", api.post("/freezes", body | where))


def end(api: Connection, freeze: int) -> Document:
    """End a freeze, under way or to come."""
    return cast("Document", api.delete(f"/freezes/{freeze}"))


def override(api: Connection, move: int, *, reason: str) -> list[Document]:
    """Let a booked move run in the freezes that lie over its time; the reason is kept."""
    return cast("list[Document]", api.post(f"/moves/{move}/override", {"reason": reason}))
