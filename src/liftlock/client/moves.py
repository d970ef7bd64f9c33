"""Moves through the API: schedule, look, validate, change, stop, resolve."""

from collections.abc import Iterator, Mapping
from typing import cast

from liftlock import clock
from liftlock.client.connection import Connection, Document
from liftlock.domain.statuses import MoveKind, State

_OVER = frozenset(State) - {State.PROPOSED, State.VALIDATED, State.RUNNING}


def schedule(
    api: Connection,
    kind: MoveKind,
    *,
    at: Mapping[str, object] | None,
    **wish: object,
) -> Document:
    """Schedule a move and return it.

    Args:
        api: The connection.
        kind: Which move; an Undo is not scheduled this way.
        at: `{"soon": True}`, or `{"wall": "2026-05-29T22:00"}` with `fold` where that exists twice;
            None takes the slot that the caller holds.
        wish: Of a Move to Staging, `cleared` (codes of modules to leave out); of a Move to
            Production, `tested_note`; of a Down Align, `systemdb_and_files`, `data` and
            `newer_understood`.
    """
    return cast("Document", api.post("/moves", {"kind": kind, "at": at, **wish}))


def offer(api: Connection) -> Document:
    """Return what a Move to Staging can carry now, what stays, and what Staging will lose."""
    return cast("Document", api.get("/proposals/offer"))


def show(api: Connection, move: int, *, fresh: bool = False) -> Document:
    """Return one move: details, content, steps, and why it is not moving.

    `fresh` reads Production again, so that what is shown is what a validation covers.
    """
    return cast("Document", api.get(f"/moves/{move}", fresh=int(fresh)))


def list_moves(
    api: Connection, *, before: int | None = None, limit: int | None = None
) -> list[Document]:
    """Return moves, newest first; `before` is the id of the last one seen."""
    answer = cast("Document", api.get("/moves", before=before, limit=limit))
    return cast("list[Document]", answer["moves"])


def validate(api: Connection, move: int, *, seen: str) -> Document:
    """Validate what was seen: `seen` is the digest that `show` gave."""
    return cast("Document", api.post(f"/moves/{move}/validate", {"seen": seen}))


def modify(api: Connection, move: int, *, at: Mapping[str, object]) -> Document:
    """Give a proposal another date; any validation falls."""
    return cast("Document", api.post(f"/moves/{move}/modify", {"at": at}))


def withdraw(api: Connection, move: int) -> Document:
    """Take a move back, as those who scheduled it."""
    return cast("Document", api.post(f"/moves/{move}/withdraw"))


def cancel(api: Connection, move: int, *, reason: str) -> Document:
    """Refuse a proposal, as the target, with a reason."""
    return cast("Document", api.post(f"/moves/{move}/cancel", {"reason": reason}))


def stop(api: Connection, move: int) -> Document:
    """Ask a running move to stop; its target is put back."""
    return cast("Document", api.post(f"/moves/{move}/stop"))


def resolve(api: Connection, move: int, *, how: str, note: str = "") -> Document:
    """End the block of an errored move: `put_back_again`, or `mark_as_repaired` with a note."""
    return cast("Document", api.post(f"/moves/{move}/resolve", {"how": how, "note": note}))


def watch(api: Connection, move: int, *, every_s: float = 0.5) -> Iterator[Document]:
    """Return the move whenever something about it has changed, until it is over."""
    before: Document = {}
    while True:
        now = show(api, move)
        if now != before:
            yield now
        if State(str(now["state"])) in _OVER:
            return
        before = now
        clock.sleep_s(every_s)
