"""Moves through the API: schedule, look, validate, change, stop, resolve."""

from collections.abc import Iterator, Mapping
from typing import cast

from liftlock import clock
from liftlock.client.connection import Connection, Document
from liftlock.domain.statuses import MoveKind, State
from liftlock.errors import Unavailable

WHICHEVER = "*"
"""Instead of a version that was seen: whatever the move is by now."""
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
        kind: Which move; an Undo is scheduled by `undos.schedule`.
        at: `{"soon": True}`, or `{"wall": "2026-05-29T22:00"}` with `fold` where that exists twice;
            None takes the slot that the caller holds.
        wish: Of a Move to Staging, `cleared` (codes of modules to leave out); of a Move to
            Production, `tested_note`; of a Down Align, `systemdb_and_files`, `data` and
            `newer_understood`.
    """
    return cast("Document", api.post("/moves", {"kind": kind, "at": at, **wish}))


def offer(api: Connection, *, cleared: tuple[str, ...] = ()) -> Document:
    """Return what a Move to Staging can carry now, what stays, and what Staging will lose.

    `cleared` are codes of modules that are to be left out.
    """
    return cast("Document", api.get("/proposals/offer", cleared=cleared))


def show(api: Connection, move: int) -> Document:
    """Return one move as the books know it: content, steps, and why it is not moving."""
    return cast("Document", api.get(f"/moves/{move}"))


def review(api: Connection, move: int) -> Document:
    """Return one move as a validation would cover it now: Production is read again."""
    return cast("Document", api.post(f"/moves/{move}/review"))


def list_moves(
    api: Connection,
    *,
    kinds: tuple[str, ...] = (),
    states: tuple[str, ...] = (),
    at_most: int | None = None,
) -> list[Document]:
    """Return moves of these kinds and states, latest first; at most so many."""
    return api.every("/moves", named="moves", at_most=at_most, kind=kinds, state=states)


def validate(api: Connection, move: int, *, seen: str) -> Document:
    """Validate what was seen: `seen` is the `digest`, or the `etag`, that `show` gave."""
    path = f"/moves/{move}/validate"
    is_digest = seen.startswith("sha256:")
    answer = api.post(path, {"seen": seen}) if is_digest else api.post(path, seen=seen)
    return cast("Document", answer)


def modify(
    api: Connection, move: int, *, at: Mapping[str, object], seen: str = WHICHEVER
) -> Document:
    """Give a proposal another date; any validation falls. `seen` is the `etag` that `show` gave."""
    return cast("Document", api.post(f"/moves/{move}/modify", {"at": at}, seen=seen))


def withdraw(api: Connection, move: int, *, seen: str = WHICHEVER) -> Document:
    """Take a move back, as those who scheduled it. `seen` is the `etag` that `show` gave."""
    return cast("Document", api.post(f"/moves/{move}/withdraw", seen=seen))


def cancel(api: Connection, move: int, *, reason: str, seen: str = WHICHEVER) -> Document:
    """Refuse a proposal, as the target. `seen` is the `etag` that `show` gave."""
    return cast("Document", api.post(f"/moves/{move}/cancel", {"reason": reason}, seen=seen))


def stop(api: Connection, move: int) -> Document:
    """Ask a running move to stop; its target is put back."""
    return cast("Document", api.post(f"/moves/{move}/stop"))


def resolve(api: Connection, move: int, *, how: str, note: str = "") -> Document:
    """End the block of an errored move: `put_back_again`, or `mark_as_repaired` with a note."""
    return cast("Document", api.post(f"/moves/{move}/resolve", {"how": how, "note": note}))


def watch(
    api: Connection, move: int, *, every_s: float = 0.5, patience_s: float = 60.0
) -> Iterator[Document]:
    """Return the move whenever something about it has changed, until it is over.

    The API may be away for `patience_s` meanwhile. Raises: a refusal.
    """
    before: Document = {}
    while True:
        now = _patiently(api, move, every_s, patience_s)
        if now != before:
            yield now
        if State(str(now["state"])) in _OVER:
            return
        before = now
        clock.sleep_s(every_s)


def _patiently(api: Connection, move: int, every_s: float, patience_s: float) -> Document:
    until_s = clock.monotonic_s() + patience_s
    while True:
        try:
            return show(api, move)
        except Unavailable:
            if clock.monotonic_s() > until_s:
                raise
            clock.sleep_s(every_s)
