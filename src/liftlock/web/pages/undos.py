"""Undoing a move: what would go, a day and a time, which are held, then the confirmation."""

from fastapi import APIRouter, Response

from liftlock.domain import losses as lost_things
from liftlock.domain.consoles import page_of
from liftlock.domain.environments import Kind
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.slots import Hold, HoldNotFound
from liftlock.domain.statuses import MoveKind
from liftlock.errors import LiftlockError
from liftlock.services import calendars, undos
from liftlock.services import slots as bookings
from liftlock.services.undos import UndoWish
from liftlock.web.fields import Number
from liftlock.web.pages import slots
from liftlock.web.pages.consoles import Errand, Visit, Visiting
from liftlock.web.pages.security import Posted, Typed

router = APIRouter(prefix="/moves/{move}/undo")


@router.get("")
def preview(visit: Visiting, move: Number) -> Response:
    """Show what would go if a move was undone now."""
    lost = undos.preview(visit.tx, visit.who, MoveId(move))
    kind = lost.point.kind
    return _drawn(visit, move, kind, "preview", hold=_held(visit, kind), lost=lost)


@router.get("/schedule")
def choose_slot(visit: Visiting, move: Number) -> Response:
    """Show the calendar in which a day and a time are chosen."""
    return _slot(visit, move, visit.signed.typed or slots.in_query(visit.request))


@router.post("/schedule")
def hold_slot(visit: Visiting, move: Number, given: Posted) -> Response:
    """Hold the chosen time for 30 minutes, and go on."""
    if given.one("do") == slots.LOOK:
        return slots.look(visit.request, visit.request.url.path, given)
    held = visit.attempt(lambda: _hold(visit, move, given))
    if isinstance(held, LiftlockError):
        return _slot(visit, move, given, held)
    return visit.go(f"/moves/{move}/undo/confirm")


@router.post("/schedule/release")
def release_slot(visit: Visiting, move: Number, given: Posted) -> Response:
    """Give the held time back."""
    meant = slots.seen_hold(given)
    refusal = visit.attempt(lambda: bookings.release(visit.tx, visit.who, meant))
    if refusal is not None:
        return visit.go(f"/moves/{move}/undo", str(refusal), "info")
    return visit.go(f"/moves/{move}/undo", "The time that you held is free again.")


@router.get("/confirm")
def review(visit: Visiting, move: Number) -> Response:
    """Show once more what would go, and when."""
    return _confirm(visit, move)


@router.post("/confirm")
def book(visit: Visiting, move: Number, given: Posted) -> Response:
    """Turn the held time into an Undo of this move, and of what was shown to fall with it."""
    kind = undos.require_may(visit.tx, visit.who, MoveId(move))
    errand = Errand(
        act=lambda: _said(_book(visit, move, given)),
        following=page_of(MoveKind.UNDO, kind).address,
        again=lambda refusal: _confirm(visit, move, refusal),
    )
    return visit.do(given, errand)


def _hold(visit: Visit, move: int, given: Typed) -> Hold:
    kind = undos.require_may(visit.tx, visit.who, MoveId(move))
    calendar = calendars.for_scheduling(visit.tx, visit.who, visit.of.id, MoveKind.UNDO, kind)
    wanted = slots.when(given, slots.asked(given, calendar, None).choice)
    return bookings.hold(visit.tx, visit.who, visit.of.id, MoveKind.UNDO, wanted, undone_in=kind)


def _book(visit: Visit, move: int, given: Typed) -> Move:
    falls = frozenset(MoveId(int(n)) for n in given.all("falls") if n.isascii() and n.isdigit())
    lost = undos.preview(visit.tx, visit.who, MoveId(move))
    lost_things.require_shown(lost.point.kind.title, lost.things, given.one("lost"))
    wish = UndoWish(move=MoveId(move), when=slots.seen_hold(given), falls=falls)
    return undos.schedule(visit.tx, visit.who, wish)


def _said(undo: Move) -> str:
    if undo.needs_validation:
        return "The Undo is proposed. It now requires validation in Production."
    return "The Undo is scheduled. It begins by itself."


def _drawn(
    visit: Visit,
    move: int,
    target: Kind,
    template: str,
    refusal: LiftlockError | None = None,
    **context: object,
) -> Response:
    return visit.drawn(
        f"undos/{template}.html",
        refusal,
        undone=move,
        target=target,
        back=page_of(MoveKind.UNDO, target),
        took=calendars.took(visit.tx, visit.of.id, MoveKind.UNDO),
        console={"address": f"/moves/{move}/undo"},
        **context,
    )


def _held(visit: Visit, kind: Kind) -> Hold | None:
    try:
        return calendars.held(visit.tx, visit.who, visit.of.id, kind, MoveKind.UNDO)
    except HoldNotFound:
        return None


def _slot(visit: Visit, move: int, given: Typed, refusal: LiftlockError | None = None) -> Response:
    kind = undos.require_may(visit.tx, visit.who, MoveId(move))
    calendar = calendars.for_scheduling(visit.tx, visit.who, visit.of.id, MoveKind.UNDO, kind)
    held = _held(visit, kind)
    asked = slots.asked(given, calendar, held.slot if held else None)
    here = f"/moves/{move}/undo/schedule"
    return _drawn(
        visit, move, kind, "slot", refusal, hold=held, here=here, **slots.drawn(calendar, asked)
    )


def _confirm(visit: Visit, move: int, refusal: LiftlockError | None = None) -> Response:
    lost = undos.preview(visit.tx, visit.who, MoveId(move))
    kind, shown = lost.point.kind, lost_things.marks(lost.things)
    return _drawn(
        visit, move, kind, "confirm", refusal, hold=_held(visit, kind), lost=lost, shown_lost=shown
    )
