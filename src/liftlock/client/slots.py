"""Slots through the API: hold one, let it go, look at the calendar."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document
from liftlock.domain.statuses import MoveKind


def hold(
    api: Connection, kind: MoveKind, *, at: Mapping[str, object], undone_in: str | None = None
) -> Document:
    """Hold a slot for 30 minutes, long enough for a move of this kind; replaces one held before.

    `undone_in` is, for an Undo, the environment whose move it takes back.
    """
    wish = {"kind": kind, "at": at, "undone_in": undone_in}
    return cast("Document", api.post("/slots/hold", wish))


def release(api: Connection) -> None:
    """Let go of the slot that the caller holds."""
    _ = api.delete("/slots/hold")


def calendar(api: Connection) -> Document:
    """Return what is booked, held or frozen from now on (`busy`, earliest first), and the zone."""
    zone = cast("Document", api.get("/slots", limit=1))["zone"]
    return {"zone": zone, "busy": [*api.every("/slots", named="busy")]}
