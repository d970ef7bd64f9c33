"""Undos through the API: what would go, and the booking."""

from collections.abc import Mapping
from typing import cast

from liftlock.client.connection import Connection, Document
from liftlock.domain.statuses import MoveKind


def preview(api: Connection, move: int) -> Document:
    """Return what would go if a move was undone now, and which later moves fall with it."""
    return cast("Document", api.get(f"/moves/{move}/undo"))


def schedule(
    api: Connection, move: int, *, at: Mapping[str, object] | None, falls: tuple[int, ...] = ()
) -> Document:
    """Book the Undo of a move, and return it.

    `at` is as in `moves.schedule`; `falls` are the later moves that were shown to fall with it.
    """
    wish = {"kind": MoveKind.UNDO, "move": move, "at": at, "falls": list(falls)}
    return cast("Document", api.post("/moves", wish))
