"""What people do to a move that is there: validate, modify, cancel, withdraw, stop, resolve."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from liftlock.books import Transaction
from liftlock.domain.consoles import Deed, Page, scheduling_page
from liftlock.domain.contents import ContentDigest
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import MoveKind
from liftlock.errors import Forbidden, LiftlockError, NotFound
from liftlock.services import calendars, consoles, moves
from liftlock.services.consoles import MoveThere
from liftlock.web.edge import Tx
from liftlock.web.fields import Number
from liftlock.web.pages import slots
from liftlock.web.pages.consoles import drawn
from liftlock.web.pages.frame import UNFIT, Of, Signed, SignedIn, attempt, once, render, see_other
from liftlock.web.pages.security import Posted, Typed

router = APIRouter(prefix="/moves")

OK = 200


@router.post("/{move}/validate")
def validate(
    request: Request, tx: Tx, signed: Signed, of: Of, move: Number, given: Posted
) -> Response:
    """Validate a proposal as it was seen."""
    there = _there(tx, signed, move)
    seen = ContentDigest(given.one("seen"))

    def again(refusal: LiftlockError) -> Response:
        _ = attempt(tx, lambda: moves.review(tx, signed.person, MoveId(move)))
        return drawn(request, tx, signed, of.id, there.validated_on, refusal)

    return _done(
        request, tx, signed, given, there.validated_on,
        lambda: moves.validate(tx, signed.person, MoveId(move), seen),
        f"The {there.move.kind.title} is validated. It begins by itself.", again,
    )  # fmt: skip


@router.post("/{move}/review")
def review(request: Request, tx: Tx, signed: Signed, move: Number) -> Response:
    """Look at Production again: has anything changed since this was proposed or validated?"""
    there = _there(tx, signed, move)
    found = moves.review(tx, signed.person, MoveId(move)).move
    said = (
        "Production has changed since." if found.changed else "Nothing in Production has changed."
    )
    return see_other(request, there.validated_on.address, said, "info" if found.changed else "ok")


@router.get("/{move}/modify")
def choose_date(request: Request, tx: Tx, signed: Signed, move: Number) -> Response:
    """Show the calendar in which a proposal gets another date."""
    there = _allowed(tx, signed, move, Deed.MODIFY)
    return _slot(request, tx, signed, there, signed.typed or slots.in_query(request))


@router.post("/{move}/modify")
def modify(request: Request, tx: Tx, signed: Signed, move: Number, given: Posted) -> Response:
    """Give a proposal another date: it must be validated again, by somebody else."""
    if given.one("do") == slots.LOOK:
        return slots.look(request, request.url.path, given)
    there = _there(tx, signed, move)

    def change() -> Move:
        calendar = calendars.for_modifying(tx, signed.person, there.move)
        choice = slots.asked(given, calendar, there.move.slot).choice
        return moves.modify_date(tx, signed.person, MoveId(move), slots.when(given, choice))

    return _done(
        request, tx, signed, given, there.validated_on, change,
        "The date is modified. The proposal must be validated again.",
        lambda refusal: _slot(request, tx, signed, there, given, refusal),
    )  # fmt: skip


@router.get("/{move}/cancel")
def why_cancel(request: Request, tx: Tx, signed: Signed, move: Number) -> Response:
    """Ask why a proposal is canceled."""
    return _form(request, signed, _allowed(tx, signed, move, Deed.CANCEL), "cancel")


@router.post("/{move}/cancel")
def cancel(request: Request, tx: Tx, signed: Signed, move: Number, given: Posted) -> Response:
    """Cancel a proposal with a reason; its time is free again."""
    there = _there(tx, signed, move)
    return _done(
        request, tx, signed, given, there.validated_on,
        lambda: moves.cancel(tx, signed.person, MoveId(move), given.words("reason")),
        f"The {there.move.kind.title} is canceled. Its time is free again.",
        lambda refusal: _form(request, signed, there, "cancel", refusal),
    )  # fmt: skip


@router.get("/{move}/withdraw")
def whether_withdraw(request: Request, tx: Tx, signed: Signed, move: Number) -> Response:
    """Ask whether a move is really to be taken back."""
    return _form(request, signed, _allowed(tx, signed, move, Deed.WITHDRAW), "withdraw")


@router.post("/{move}/withdraw")
def withdraw(request: Request, tx: Tx, signed: Signed, move: Number, given: Posted) -> Response:
    """Take a move back; its time is free again."""
    there = _there(tx, signed, move)
    is_align = there.move.kind is MoveKind.DOWN_ALIGN
    done = "canceled" if is_align else "withdrawn"
    return _done(
        request, tx, signed, given, _scheduled_on(there),
        lambda: moves.withdraw(tx, signed.person, MoveId(move)),
        f"The {there.move.kind.title} is {done}. Its time is free again.",
        lambda refusal: _form(request, signed, there, "withdraw", refusal),
    )  # fmt: skip


@router.get("/{move}/stop")
def whether_stop(request: Request, tx: Tx, signed: Signed, move: Number) -> Response:
    """Ask whether a running move is really to be stopped."""
    return _form(request, signed, _allowed(tx, signed, move, Deed.STOP), "stop")


@router.post("/{move}/stop")
def stop(request: Request, tx: Tx, signed: Signed, move: Number, given: Posted) -> Response:
    """Ask a running move to stop and put its target back."""
    there = _there(tx, signed, move)
    return _done(
        request, tx, signed, given, f"/moves/{move}",
        lambda: moves.stop(tx, signed.person, MoveId(move)),
        f"It is being stopped. {there.target.kind.title} is put back as it was.",
        lambda refusal: _form(request, signed, there, "stop", refusal),
    )  # fmt: skip


@router.get("/{move}/resolve")
def how_resolve(request: Request, tx: Tx, signed: Signed, move: Number) -> Response:
    """Show the two ways out of an errored move."""
    return _form(request, signed, _allowed(tx, signed, move, Deed.RESOLVE), "resolve")


@router.post("/{move}/resolve")
def resolve(request: Request, tx: Tx, signed: Signed, move: Number, given: Posted) -> Response:
    """Have a target put back again, or keep the word of who has repaired it."""
    there = _there(tx, signed, move)
    marked = given.one("how") == How.MARK_AS_REPAIRED
    how = How.MARK_AS_REPAIRED if marked else How.PUT_BACK_AGAIN
    said = "It is marked as repaired." if marked else "A worker puts it back within seconds."
    return _done(
        request, tx, signed, given, f"/moves/{move}",
        lambda: moves.resolve(tx, signed.person, MoveId(move), how, given.words("note")),
        f"{said} Its status stays.",
        lambda refusal: _form(request, signed, there, "resolve", refusal),
    )  # fmt: skip


def _there(tx: Transaction, signed: SignedIn, move: int) -> MoveThere:
    return consoles.of_move(tx, signed.person, MoveId(move))


def _allowed(tx: Transaction, signed: SignedIn, move: int, deed: Deed) -> MoveThere:
    """Return a move to which this person may do something; the reason why not is the service's.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, MoveHasBegun, MoveIsOver and others.
    """
    there = _there(tx, signed, move)
    if deed not in there.deeds:
        consoles.refuse(tx, signed.person, there.move, deed)
    return there


def _scheduled_on(there: MoveThere) -> Page:
    if there.move.kind is MoveKind.UNDO:
        return there.validated_on
    return scheduling_page(there.move.kind)


def _done(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    given: Typed,
    following: Page | str,
    act: Callable[[], Move],
    said: str,
    again: Callable[[LiftlockError], Response],
) -> Response:
    """Do it once, however often the form is sent; a refusal is shown where it was typed."""

    def answer() -> Response:
        done = attempt(tx, act)
        if isinstance(done, Forbidden | NotFound):
            raise done
        if isinstance(done, LiftlockError):
            return again(done)
        return see_other(request, getattr(following, "address", following), said)

    return once(tx, signed, given, answer)


def _form(
    request: Request,
    signed: SignedIn,
    there: MoveThere,
    what: str,
    refusal: LiftlockError | None = None,
) -> Response:
    return render(
        request,
        signed,
        f"moves/{what}.html",
        status=UNFIT if refusal else OK,
        refusal=refusal,
        there=there,
        back=_scheduled_on(there) if what == "withdraw" else there.validated_on,
    )


def _slot(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    there: MoveThere,
    given: Typed,
    refusal: LiftlockError | None = None,
) -> Response:
    move = there.move
    calendar = calendars.for_modifying(tx, signed.person, move)
    return render(
        request,
        signed,
        "moves/modify.html",
        status=UNFIT if refusal else OK,
        refusal=refusal,
        there=there,
        console=there.validated_on,
        took=calendars.took(tx, move.organisation, move.kind),
        here=f"/moves/{move.id}/modify",
        **slots.drawn(calendar, slots.asked(given, calendar, move.slot)),
    )
