"""Slots through the API: hold one, let it go, look at the calendar."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document
from liftlock.domain.statuses import MoveKind


def hold(api: Connection, kind: MoveKind, *, at: Mapping[str, object]) -> Document:
    """Hold a slot for 30 minutes, long enough for a move of this kind; replaces one held before."""
    return cast("Document", api.post("/slots/hold", {"kind": kind, "at": at}))


def release(api: Connection) -> None:
    """Let go of the slot that the caller holds."""
    _ = api.delete("/slots/hold")


def calendar(api: Connection) -> Document:
    """Return what is booked, held or frozen from now on (`busy`, earliest first), and the zone."""
    zone = cast("Document", api.get("/slots", limit=1))["zone"]
    return {"zone": zone, "busy": [*api.every("/slots", named="busy")]}
