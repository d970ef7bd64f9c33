"""What people do to a move that is there: validate, modify, cancel, withdraw, stop, resolve."""

from fastapi import APIRouter, Response

from liftlock.domain import consoles as pages
from liftlock.domain.consoles import Page, scheduling_page
from liftlock.domain.contents import ContentDigest
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import MoveKind
from liftlock.errors import LiftlockError
from liftlock.services import calendars, consoles, freezes, moves
from liftlock.services.consoles import MoveThere
from liftlock.web.fields import Number
from liftlock.web.pages import slots
from liftlock.web.pages.consoles import Errand, Visit, Visiting, shown
from liftlock.web.pages.security import Posted, Typed

router = APIRouter(prefix="/moves")


@router.post("/{move}/validate")
def validate(visit: Visiting, move: Number, given: Posted) -> Response:
    """Validate a proposal as it was seen; when it has changed since, show it as it is now."""
    there = _there(visit, move)
    seen = ContentDigest(given.one("seen"))
    errand = Errand(
        act=lambda: moves.validate(visit.tx, visit.who, MoveId(move), seen),
        following=there.validated_on.address,
        said=f"The {there.move.kind.title} is validated. It begins by itself.",
        again=lambda refusal: _as_it_is_now(visit, there, refusal),
    )
    return visit.do(given, errand)


@router.post("/{move}/review")
def review(visit: Visiting, move: Number) -> Response:
    """Look at Production again: has anything changed since this was proposed or validated?"""
    found = moves.review(visit.tx, visit.who, MoveId(move)).move
    address = _there(visit, move).validated_on.address
    if found.changed:
        return visit.go(address, "Production has changed since.", "info")
    return visit.go(address, "Nothing of Production's modules and schema has changed since.")


@router.get("/{move}/modify")
def choose_date(visit: Visiting, move: Number) -> Response:
    """Show the calendar in which a proposal gets another date."""
    there = _allowed(visit, move, pages.Deed.MODIFY)
    return _slot(visit, there, visit.signed.typed or slots.in_query(visit.request))


@router.post("/{move}/modify")
def modify(visit: Visiting, move: Number, given: Posted) -> Response:
    """Give a proposal another date: it must be validated again, by somebody else."""
    if given.one("do") == slots.LOOK:
        return slots.look(visit.request, visit.request.url.path, given)
    there = _there(visit, move)
    errand = Errand(
        act=lambda: _modify(visit, there, given),
        following=there.validated_on.address,
        said="The date is modified. The proposal must be validated again.",
        again=lambda refusal: _slot(visit, there, given, refusal),
    )
    return visit.do(given, errand)


@router.get("/{move}/cancel")
def why_cancel(visit: Visiting, move: Number) -> Response:
    """Ask why a proposal is canceled."""
    return _form(visit, _allowed(visit, move, pages.Deed.CANCEL), "cancel")


@router.post("/{move}/cancel")
def cancel(visit: Visiting, move: Number, given: Posted) -> Response:
    """Cancel a proposal with a reason; its time is free again."""
    there = _there(visit, move)
    errand = Errand(
        act=lambda: moves.cancel(visit.tx, visit.who, MoveId(move), given.words("reason")),
        following=there.validated_on.address,
        said=f"The {there.move.kind.title} is canceled. Its time is free again.",
        again=lambda refusal: _form(visit, there, "cancel", refusal),
    )
    return visit.do(given, errand)


@router.get("/{move}/withdraw")
def whether_withdraw(visit: Visiting, move: Number) -> Response:
    """Ask whether a move is really to be taken back."""
    return _form(visit, _allowed(visit, move, pages.Deed.WITHDRAW), "withdraw")


@router.post("/{move}/withdraw")
def withdraw(visit: Visiting, move: Number, given: Posted) -> Response:
    """Take a move back; its time is free again."""
    there = _there(visit, move)
    done = "canceled" if there.move.kind is MoveKind.DOWN_ALIGN else "withdrawn"
    errand = Errand(
        act=lambda: moves.withdraw(visit.tx, visit.who, MoveId(move)),
        following=_scheduled_on(there).address,
        said=f"The {there.move.kind.title} is {done}. Its time is free again.",
        again=lambda refusal: _form(visit, there, "withdraw", refusal),
    )
    return visit.do(given, errand)


@router.get("/{move}/override")
def why_override(visit: Visiting, move: Number) -> Response:
    """Ask why a move may run in the freezes that lie over its time."""
    return _form(visit, _allowed(visit, move, pages.Deed.OVERRIDE), "override")


@router.post("/{move}/override")
def override(visit: Visiting, move: Number, given: Posted) -> Response:
    """Let a move run in the freezes that lie over its time; the reason is kept."""
    there = _there(visit, move)
    errand = Errand(
        act=lambda: freezes.override(visit.tx, visit.who, MoveId(move), given.words("reason")),
        following=there.validated_on.address,
        said=f"The freeze does not stop {there.move.kind.title} {move}. Your reason is kept.",
        again=lambda refusal: _form(visit, there, "override", refusal),
    )
    return visit.do(given, errand)


@router.get("/{move}/stop")
def whether_stop(visit: Visiting, move: Number) -> Response:
    """Ask whether a running move is really to be stopped."""
    return _form(visit, _allowed(visit, move, pages.Deed.STOP), "stop")


@router.post("/{move}/stop")
def stop(visit: Visiting, move: Number, given: Posted) -> Response:
    """Ask a running move to stop and put its target back."""
    there = _there(visit, move)
    errand = Errand(
        act=lambda: moves.stop(visit.tx, visit.who, MoveId(move)),
        following=f"/moves/{move}",
        said=f"It is being stopped. {there.target.kind.title} is put back as it was.",
        again=lambda refusal: _form(visit, there, "stop", refusal),
    )
    return visit.do(given, errand)


@router.get("/{move}/resolve")
def how_resolve(visit: Visiting, move: Number) -> Response:
    """Show the two ways out of an errored move."""
    return _form(visit, _allowed(visit, move, pages.Deed.RESOLVE), "resolve")


@router.post("/{move}/resolve")
def resolve(visit: Visiting, move: Number, given: Posted) -> Response:
    """Have a target put back again, or keep the word of who has repaired it."""
    there = _there(visit, move)
    marked = given.one("how") == How.MARK_AS_REPAIRED
    how = How.MARK_AS_REPAIRED if marked else How.PUT_BACK_AGAIN
    errand = Errand(
        act=lambda: moves.resolve(visit.tx, visit.who, MoveId(move), how, given.words("note")),
        following=f"/moves/{move}",
        said="It is marked as repaired." if marked else "A worker puts it back within seconds.",
        again=lambda refusal: _form(visit, there, "resolve", refusal),
    )
    return visit.do(given, errand)


def _there(visit: Visit, move: int) -> MoveThere:
    return consoles.of_move(visit.tx, visit.who, MoveId(move))


def _allowed(visit: Visit, move: int, deed: pages.Deed) -> MoveThere:
    """Return a move to which this person may do something now.

    Raises: MoveNotFound, and what `services/consoles.py` says of why not.
    """
    there = _there(visit, move)
    if deed not in there.deeds:
        consoles.refuse(visit.tx, visit.who, there.move, deed)
    return there


def _scheduled_on(there: MoveThere) -> Page:
    if there.move.kind is MoveKind.UNDO:
        return there.validated_on
    return scheduling_page(there.move.kind)


def _as_it_is_now(visit: Visit, there: MoveThere, refusal: LiftlockError) -> Response:
    """Show a proposal that could not be validated, with what has changed in Production since."""
    _ = visit.attempt(lambda: moves.review(visit.tx, visit.who, there.move.id))
    return shown(visit, there.validated_on, refusal)


def _modify(visit: Visit, there: MoveThere, given: Typed) -> Move:
    calendar = calendars.for_modifying(visit.tx, visit.who, there.move)
    choice = slots.asked(given, calendar, there.move.slot).choice
    return moves.modify_date(visit.tx, visit.who, there.move.id, slots.when(given, choice))


def _form(
    visit: Visit, there: MoveThere, what: str, refusal: LiftlockError | None = None
) -> Response:
    back = _scheduled_on(there) if what == "withdraw" else there.validated_on
    return visit.drawn(f"moves/{what}.html", refusal, there=there, back=back)


def _slot(
    visit: Visit, there: MoveThere, given: Typed, refusal: LiftlockError | None = None
) -> Response:
    move = there.move
    calendar = calendars.for_modifying(visit.tx, visit.who, move)
    return visit.drawn(
        "moves/modify.html",
        refusal,
        there=there,
        console=there.validated_on,
        took=calendars.took(visit.tx, move.organisation, move.kind),
        here=f"/moves/{move.id}/modify",
        **slots.drawn(calendar, slots.asked(given, calendar, move.slot)),
    )
