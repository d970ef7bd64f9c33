"""Scheduling: a day and time, which are held; then modules, scope or review; then it is there."""

import hashlib
from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from liftlock.books import Transaction
from liftlock.domain.consoles import Page
from liftlock.domain.contents import Content, deployed
from liftlock.domain.modules import ModuleCode
from liftlock.domain.moves import Move
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.proposals import OfferChanged
from liftlock.domain.slots import Hold, HoldNotFound
from liftlock.domain.statuses import MoveKind
from liftlock.errors import Forbidden, LiftlockError
from liftlock.services import calendars, consoles, losses, proposals
from liftlock.services import slots as bookings
from liftlock.services.proposals import (
    DownAlignWish,
    MoveToProductionWish,
    MoveToStagingWish,
    Offer,
)
from liftlock.services.slots import Held
from liftlock.web.edge import Tx
from liftlock.web.pages import slots
from liftlock.web.pages.consoles import Here
from liftlock.web.pages.frame import UNFIT, Of, Signed, SignedIn, attempt, once, render, see_other
from liftlock.web.pages.security import Posted, Typed

router = APIRouter()

OK = 200
SECOND_STEP = {
    MoveKind.MOVE_TO_STAGING: "modules",
    MoveKind.DOWN_ALIGN: "scope",
    MoveKind.MOVE_TO_PRODUCTION: "review",
}
SYSTEMDB_AND_FILES, DATA = "systemdb_and_files", "data"
CONFIRM = "confirm"


@router.get("/development/move-to-staging/schedule")
@router.get("/development/down-alignment/schedule")
@router.get("/staging/move-to-production/schedule")
def choose_slot(request: Request, tx: Tx, signed: Signed, of: Of, page: Here) -> Response:
    """Show the calendar in which a day and a time are chosen."""
    kind = _kind(page)
    consoles.require_may_schedule(tx, signed.person, of.id, kind)
    if kind is MoveKind.MOVE_TO_PRODUCTION and not request.url.query:
        _ = proposals.offer_to_production(tx, signed.person, of.id)
    given = signed.typed or slots.in_query(request)
    return _slot(request, tx, signed, of.id, page, given)


@router.post("/development/move-to-staging/schedule")
@router.post("/development/down-alignment/schedule")
@router.post("/staging/move-to-production/schedule")
def hold_slot(
    request: Request, tx: Tx, signed: Signed, of: Of, page: Here, given: Posted
) -> Response:
    """Hold the chosen time for 30 minutes, and go on."""
    if given.one("do") == slots.LOOK:
        return slots.look(request, request.url.path, given)

    def hold() -> Hold:
        calendar = calendars.for_scheduling(tx, signed.person, of.id, _kind(page))
        wanted = slots.when(given, slots.asked(given, calendar, None).choice)
        return bookings.hold(tx, signed.person, of.id, _kind(page), wanted)

    held = attempt(tx, hold)
    if isinstance(held, LiftlockError):
        return _slot(request, tx, signed, of.id, page, given, _in_place(held))
    return see_other(request, f"{page.address}/schedule/{SECOND_STEP[_kind(page)]}")


@router.post("/development/move-to-staging/schedule/release")
@router.post("/development/down-alignment/schedule/release")
@router.post("/staging/move-to-production/schedule/release")
def release_slot(request: Request, tx: Tx, signed: Signed, page: Here) -> Response:
    """Give the held time back."""
    _ = attempt(tx, lambda: bookings.release(tx, signed.person))
    return see_other(request, page.address, "The time that you held is free again.")


@router.get("/development/move-to-staging/schedule/modules")
def choose_modules(request: Request, tx: Tx, signed: Signed, of: Of, page: Here) -> Response:
    """Show the modules that can be moved; all are selected at first."""
    return _modules(request, tx, signed, of.id, page, signed.typed or slots.in_query(request))


@router.post("/development/move-to-staging/schedule/modules")
def propose_modules(
    request: Request, tx: Tx, signed: Signed, of: Of, page: Here, given: Posted
) -> Response:
    """Turn the held time into a proposal of what is selected."""
    if given.one("do") != CONFIRM:
        return _look_again(request, page, given, "module")

    def propose() -> Move:
        offer, cleared = _offer(tx, signed, of.id, given)
        _require_seen(given, offer.digest())
        wish = MoveToStagingWish(organisation=of.id, when=Held(), cleared=cleared)
        return proposals.schedule_move_to_staging(tx, signed.person, wish)

    return _scheduled(
        request, tx, signed, page, given, propose,
        "The Move to Staging is scheduled. It now requires validation in Staging.",
        lambda refusal: _modules(request, tx, signed, of.id, page, given, refusal),
    )  # fmt: skip


@router.get("/development/down-alignment/schedule/scope")
def choose_scope(request: Request, tx: Tx, signed: Signed, of: Of, page: Here) -> Response:
    """Show what can be synchronised, and what Development would lose."""
    return _scope(request, tx, signed, of.id, page, signed.typed or slots.in_query(request))


@router.post("/development/down-alignment/schedule/scope")
def book_down_align(
    request: Request, tx: Tx, signed: Signed, of: Of, page: Here, given: Posted
) -> Response:
    """Turn the held time into a Down Align of what is selected."""
    if given.one("do") != CONFIRM:
        return _look_again(request, page, given, "scope")
    chosen = given.all("scope")
    wish = DownAlignWish(
        organisation=of.id,
        when=Held(),
        systemdb_and_files=SYSTEMDB_AND_FILES in chosen,
        data=DATA in chosen,
        newer_understood=given.has("newer_understood"),
    )
    return _scheduled(
        request, tx, signed, page, given,
        lambda: proposals.schedule_down_align(tx, signed.person, wish),
        "The Down Align is scheduled. It begins by itself.",
        lambda refusal: _scope(request, tx, signed, of.id, page, given, refusal),
    )  # fmt: skip


@router.get("/staging/move-to-production/schedule/review")
def review(request: Request, tx: Tx, signed: Signed, of: Of, page: Here) -> Response:
    """Show what was tested and would go to Production."""
    return _review(request, tx, signed, of.id, page)


@router.post("/staging/move-to-production/schedule/review")
def propose_tested(
    request: Request, tx: Tx, signed: Signed, of: Of, page: Here, given: Posted
) -> Response:
    """Vouch for the test, and turn the held time into a proposal."""

    def propose() -> Move:
        _require_seen(given, _set(proposals.offer_to_production(tx, signed.person, of.id)))
        note = given.words("tested_note")
        wish = MoveToProductionWish(organisation=of.id, when=Held(), tested_note=note)
        return proposals.schedule_move_to_production(tx, signed.person, wish)

    return _scheduled(
        request, tx, signed, page, given, propose,
        "The Move to Production is scheduled. It now requires validation in Production.",
        lambda refusal: _review(request, tx, signed, of.id, page, refusal),
    )  # fmt: skip


def _scheduled(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    page: Page,
    given: Typed,
    schedule: Callable[[], Move],
    said: str,
    again: Callable[[LiftlockError], Response],
) -> Response:
    """Schedule once, however often the form is sent; a refusal is shown where it was typed."""

    def act() -> Response:
        done = attempt(tx, schedule)
        if isinstance(done, LiftlockError):
            return again(_in_place(done))
        return see_other(request, page.address, said)

    return once(tx, signed, given, act)


def _in_place(refusal: LiftlockError) -> LiftlockError:
    """Return a refusal that is shown in the form; who may not do it at all gets a page of its own.

    Raises: Forbidden.
    """
    if isinstance(refusal, Forbidden):
        raise refusal
    return refusal


def _kind(page: Page) -> MoveKind:
    kind = page.schedules
    assert kind is not None  # noqa: S101  no route of this file is below any other page
    return kind


def _look_again(request: Request, page: Page, given: Typed, field: str) -> Response:
    """Show the same step for another selection, by an address that says it."""
    step = SECOND_STEP[_kind(page)]
    query = urlencode([("shown", "1"), *((field, chosen) for chosen in given.all(field))])
    return see_other(request, f"{page.address}/schedule/{step}?{query}")


def _require_seen(given: Typed, present: str) -> None:
    if given.one("seen") != present:
        raise OfferChanged


def _hold(tx: Transaction, signed: SignedIn, of: OrganisationId, page: Page) -> Hold | None:
    try:
        return calendars.held(tx, signed.person, of, page.console)
    except HoldNotFound:
        return None


def _slot(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    of: OrganisationId,
    page: Page,
    given: Typed,
    refusal: LiftlockError | None = None,
) -> Response:
    calendar = calendars.for_scheduling(tx, signed.person, of, _kind(page))
    held = _hold(tx, signed, of, page)
    wanted = slots.asked(given, calendar, held.slot if held else None)
    return render(
        request,
        signed,
        "proposals/slot.html",
        status=UNFIT if refusal else OK,
        refusal=refusal,
        console=page,
        took=calendars.took(tx, of, _kind(page)),
        here=f"{page.address}/schedule",
        **slots.drawn(calendar, wanted),
    )


def _second_step(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    of: OrganisationId,
    page: Page,
    refusal: LiftlockError | None,
    **context: object,
) -> Response:
    return render(
        request,
        signed,
        f"proposals/{SECOND_STEP[_kind(page)]}.html",
        status=UNFIT if refusal else OK,
        refusal=refusal,
        console=page,
        hold=_hold(tx, signed, of, page),
        took=calendars.took(tx, of, _kind(page)),
        **context,
    )


def _offer(
    tx: Transaction, signed: SignedIn, of: OrganisationId, given: Typed
) -> tuple[Offer, frozenset[ModuleCode]]:
    """Return what can be moved, and which of it this form has cleared."""
    if not given.has("shown"):
        return proposals.offer(tx, signed.person, of), frozenset()
    everything = proposals.offer(tx, signed.person, of)
    chosen = set(given.all("module"))
    cleared = frozenset(p.code for p in everything.candidates if p.code not in chosen)
    return proposals.offer(tx, signed.person, of, cleared), cleared


def _modules(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    of: OrganisationId,
    page: Page,
    given: Typed,
    refusal: LiftlockError | None = None,
) -> Response:
    offer, cleared = _offer(tx, signed, of, given)
    before = {m.code: m.version for m in offer.production}
    return _second_step(
        request, tx, signed, of, page, refusal, offer=offer, cleared=cleared, before=before,
        seen=offer.digest(),
    )  # fmt: skip


def _scope(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    of: OrganisationId,
    page: Page,
    given: Typed,
    refusal: LiftlockError | None = None,
) -> Response:
    chosen = given.all("scope") if given.has("shown") else (SYSTEMDB_AND_FILES, DATA)
    preview = attempt(
        tx,
        lambda: losses.preview(
            tx, signed.person, of, page.console,
            systemdb_and_files=SYSTEMDB_AND_FILES in chosen, data=DATA in chosen,
        ),
    )  # fmt: skip
    lost = None if isinstance(preview, LiftlockError) else preview
    return _second_step(
        request, tx, signed, of, page, refusal, chosen=chosen, lost=lost,
        no_preview=preview if isinstance(preview, LiftlockError) else None,
        newer_understood=given.has("newer_understood"),
    )  # fmt: skip


def _review(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    of: OrganisationId,
    page: Page,
    refusal: LiftlockError | None = None,
) -> Response:
    content = proposals.offer_to_production(tx, signed.person, of)
    return _second_step(
        request, tx, signed, of, page, refusal, deployed=deployed(content), seen=_set(content)
    )


def _set(content: Content) -> str:
    """Return what changes with the modules that would be moved."""
    return hashlib.sha256(repr(sorted(content.packages)).encode()).hexdigest()
