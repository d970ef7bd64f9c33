"""Scheduling: a day and time, which are held; then modules, scope or review; then it is there."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from liftlock.domain import losses as lost_things
from liftlock.domain.consoles import Page
from liftlock.domain.contents import Content, deployed
from liftlock.domain.environments import Kind
from liftlock.domain.losses import Losses
from liftlock.domain.modules import ModuleCode
from liftlock.domain.moves import Move
from liftlock.domain.proposals import OfferChanged
from liftlock.domain.slots import Hold, HoldNotFound
from liftlock.domain.statuses import WAITING, MoveKind
from liftlock.errors import LiftlockError
from liftlock.services import calendars, consoles, losses, proposals, sessions
from liftlock.services import slots as bookings
from liftlock.services.proposals import (
    DownAlignWish,
    MoveToProductionWish,
    MoveToStagingWish,
    Offer,
)
from liftlock.web.pages import security, slots
from liftlock.web.pages.consoles import Errand, Here, Visit, Visiting
from liftlock.web.pages.security import Posted, Typed

router = APIRouter()

SECOND_STEP: Mapping[MoveKind, str] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: "modules",
        MoveKind.DOWN_ALIGN: "scope",
        MoveKind.MOVE_TO_PRODUCTION: "review",
    }
)
SYSTEMDB_AND_FILES, DATA = "systemdb_and_files", "data"
CONFIRM = "confirm"
CHOSEN = frozenset({"module", "scope", "newer_understood"})
"""What the second step's address says of what is chosen there."""


@router.get("/development/move-to-staging/schedule")
@router.get("/development/down-alignment/schedule")
@router.get("/staging/move-to-production/schedule")
def choose_slot(visit: Visiting, page: Here) -> Response:
    """Show the calendar in which a day and a time are chosen."""
    kind = _kind(page)
    consoles.require_may_schedule(visit.tx, visit.who, visit.of.id, kind)
    if not visit.request.url.query:
        _begin_anew(visit, page)
    if kind is MoveKind.MOVE_TO_PRODUCTION and not visit.request.url.query:
        _ = proposals.offer_to_production(visit.tx, visit.who, visit.of.id)
    return _slot(visit, page, visit.signed.typed or slots.in_query(visit.request))


@router.post("/development/move-to-staging/schedule")
@router.post("/development/down-alignment/schedule")
@router.post("/staging/move-to-production/schedule")
def hold_slot(visit: Visiting, page: Here, given: Posted) -> Response:
    """Hold the chosen time for 30 minutes, and go on."""
    if given.one("do") == slots.LOOK:
        return slots.look(visit.request, visit.request.url.path, given)
    held = visit.attempt(lambda: _hold(visit, page, given))
    if isinstance(held, LiftlockError):
        return _slot(visit, page, given, held)
    return visit.go(_second_address(page))


@router.post("/development/move-to-staging/schedule/change")
@router.post("/development/down-alignment/schedule/change")
@router.post("/staging/move-to-production/schedule/change")
def change_slot(visit: Visiting, page: Here, given: Posted) -> Response:
    """Choose another day and time; what was chosen and written for the move comes back after it."""
    kept = security.kept(visit.request, given)
    if kept is not None:
        kept = replace(kept, page=_second_address(page))
        sessions.keep(visit.tx, visit.signed.session.id, kept)
    return visit.go(f"{page.address}/schedule?again=1")


@router.post("/development/move-to-staging/schedule/release")
@router.post("/development/down-alignment/schedule/release")
@router.post("/staging/move-to-production/schedule/release")
def release_slot(visit: Visiting, page: Here, given: Posted) -> Response:
    """Give the held time back."""
    refusal = visit.attempt(lambda: bookings.release(visit.tx, visit.who, slots.seen_hold(given)))
    if refusal is not None:
        return visit.go(page.address, str(refusal), "info")
    return visit.go(page.address, "The time that you held is free again.")


@router.get("/development/move-to-staging/schedule/modules")
def choose_modules(visit: Visiting, page: Here) -> Response:
    """Show the modules that can be moved; all are selected at first."""
    if visit.signed.typed:
        return _look_again(visit, page, visit.signed.typed)
    return _modules(visit, page, slots.in_query(visit.request))


@router.post("/development/move-to-staging/schedule/modules")
def propose_modules(visit: Visiting, page: Here, given: Posted) -> Response:
    """Turn the held time into a proposal of what is selected."""
    if given.one("do") != CONFIRM:
        return _look_again(visit, page, given)
    errand = Errand(
        act=lambda: _propose(visit, given),
        following=page.address,
        said="The Move to Staging is scheduled. It now requires validation in Staging.",
        again=lambda refusal: _modules(visit, page, given, refusal),
    )
    return visit.do(given, errand)


@router.get("/development/down-alignment/schedule/scope")
def choose_scope(visit: Visiting, page: Here) -> Response:
    """Show what can be synchronised, and what Development would lose."""
    if visit.signed.typed:
        return _look_again(visit, page, visit.signed.typed)
    return _scope(visit, page, slots.in_query(visit.request))


@router.post("/development/down-alignment/schedule/scope")
def book_down_align(visit: Visiting, page: Here, given: Posted) -> Response:
    """Turn the held time into a Down Align of what is selected."""
    if given.one("do") != CONFIRM:
        return _look_again(visit, page, given)
    errand = Errand(
        act=lambda: _book(visit, page, given),
        following=page.address,
        said="The Down Align is scheduled. It begins by itself.",
        again=lambda refusal: _scope(visit, page, given, refusal),
    )
    return visit.do(given, errand)


@router.get("/staging/move-to-production/schedule/review")
def review(visit: Visiting, page: Here) -> Response:
    """Show what was tested and would go to Production."""
    return _review(visit, page)


@router.post("/staging/move-to-production/schedule/review")
def propose_tested(visit: Visiting, page: Here, given: Posted) -> Response:
    """Vouch for the test, and turn the held time into a proposal."""
    errand = Errand(
        act=lambda: _propose_tested(visit, given),
        following=page.address,
        said="The Move to Production is scheduled. It now requires validation in Production.",
        again=lambda refusal: _review(visit, page, refusal),
    )
    return visit.do(given, errand)


def _hold(visit: Visit, page: Page, given: Typed) -> Hold:
    kind = _kind(page)
    calendar = calendars.for_scheduling(visit.tx, visit.who, visit.of.id, kind)
    wanted = slots.when(given, slots.asked(given, calendar, None).choice)
    return bookings.hold(visit.tx, visit.who, visit.of.id, kind, wanted)


def _propose(visit: Visit, given: Typed) -> Move:
    offer, cleared = _offer(visit, given)
    _require_seen(given, offer.digest())
    if offer.refusal is not None:
        raise offer.refusal
    lost_things.require_shown(Kind.STAGING.title, offer.things_lost, given.one("lost"))
    wish = MoveToStagingWish(organisation=visit.of.id, when=slots.seen_hold(given), cleared=cleared)
    return proposals.schedule_move_to_staging(visit.tx, visit.who, wish)


def _book(visit: Visit, page: Page, given: Typed) -> Move:
    chosen = given.all("scope")
    lost = _preview(visit, page, chosen)
    lost_things.require_shown(page.console.title, lost.things, given.one("lost"))
    wish = DownAlignWish(
        organisation=visit.of.id,
        when=slots.seen_hold(given),
        systemdb_and_files=SYSTEMDB_AND_FILES in chosen,
        data=DATA in chosen,
        newer_understood=given.has("newer_understood"),
    )
    return proposals.schedule_down_align(visit.tx, visit.who, wish)


def _propose_tested(visit: Visit, given: Typed) -> Move:
    _require_seen(given, _set(proposals.offer_to_production(visit.tx, visit.who, visit.of.id)))
    note = given.words("tested_note")
    wish = MoveToProductionWish(
        organisation=visit.of.id, when=slots.seen_hold(given), tested_note=note
    )
    return proposals.schedule_move_to_production(visit.tx, visit.who, wish)


def _kind(page: Page) -> MoveKind:
    kind = page.schedules
    assert kind is not None  # noqa: S101  no route of this file is below any other page
    return kind


def _second_address(page: Page) -> str:
    return f"{page.address}/schedule/{SECOND_STEP[_kind(page)]}"


def _look_again(visit: Visit, page: Page, given: Typed) -> Response:
    """Show the same step for another selection, by an address that says it."""
    chosen = [(name, value) for name, value in given if name in CHOSEN]
    return visit.go(f"{_second_address(page)}?{urlencode([('shown', '1'), *chosen])}")


def _begin_anew(visit: Visit, page: Page) -> None:
    """Forget what was kept for the second step: somebody schedules from the start."""
    kept = visit.signed.session.kept
    if kept is not None and kept.page == _second_address(page):
        sessions.keep(visit.tx, visit.signed.session.id, None)


def _require_seen(given: Typed, present: str) -> None:
    if given.one("seen") != present:
        raise OfferChanged


def _waiting_with_what_was_tested(visit: Visit, kind: MoveKind) -> Move | None:
    """Return the Move to Production that waits, when a Move to Staging would spoil its test."""
    if kind is not MoveKind.MOVE_TO_STAGING:
        return None
    planned = consoles.situation(visit.tx, visit.who, visit.of.id).planned
    ready = (move for move in planned if move.kind is MoveKind.MOVE_TO_PRODUCTION)
    return next((move for move in ready if move.state in WAITING), None)


def _held(visit: Visit, page: Page) -> Hold | None:
    try:
        return calendars.held(visit.tx, visit.who, visit.of.id, page.console, _kind(page))
    except HoldNotFound:
        return None


def _slot(visit: Visit, page: Page, given: Typed, refusal: LiftlockError | None = None) -> Response:
    kind = _kind(page)
    calendar = calendars.for_scheduling(visit.tx, visit.who, visit.of.id, kind)
    held = _held(visit, page)
    return visit.drawn(
        "proposals/slot.html",
        refusal,
        console=page,
        took=calendars.took(visit.tx, visit.of.id, kind),
        tested=_waiting_with_what_was_tested(visit, kind),
        here=f"{page.address}/schedule",
        **slots.drawn(calendar, slots.asked(given, calendar, held.slot if held else None)),
    )


def _second_step(
    visit: Visit, page: Page, refusal: LiftlockError | None, **context: object
) -> Response:
    kind = _kind(page)
    return visit.drawn(
        f"proposals/{SECOND_STEP[kind]}.html",
        refusal,
        console=page,
        hold=_held(visit, page),
        tested=_waiting_with_what_was_tested(visit, kind),
        took=calendars.took(visit.tx, visit.of.id, kind),
        **context,
    )


def _offer(visit: Visit, given: Typed) -> tuple[Offer, frozenset[ModuleCode]]:
    """Return what can be moved, and which of it this form has cleared."""
    everything = proposals.offer(visit.tx, visit.who, visit.of.id)
    if not given.has("shown"):
        return everything, frozenset()
    chosen = set(given.all("module"))
    cleared = frozenset(p.code for p in everything.candidates if p.code not in chosen)
    if not cleared:
        return everything, cleared
    return proposals.offer(visit.tx, visit.who, visit.of.id, cleared), cleared


def _modules(
    visit: Visit, page: Page, given: Typed, refusal: LiftlockError | None = None
) -> Response:
    offer, cleared = _offer(visit, given)
    return _second_step(
        visit,
        page,
        refusal,
        offer=offer,
        cleared=cleared,
        before={m.code: m.version for m in offer.production},
        seen=offer.digest(),
        shown_lost=lost_things.marks(offer.things_lost),
    )


def _scope(
    visit: Visit, page: Page, given: Typed, refusal: LiftlockError | None = None
) -> Response:
    chosen = given.all("scope") if given.has("shown") else (SYSTEMDB_AND_FILES, DATA)
    preview = visit.attempt(lambda: _preview(visit, page, chosen))
    is_refused = isinstance(preview, LiftlockError)
    return _second_step(
        visit,
        page,
        refusal,
        chosen=chosen,
        lost=None if is_refused else preview,
        no_preview=preview if is_refused else None,
        shown_lost="" if is_refused else lost_things.marks(preview.things),
        newer_understood=given.has("newer_understood"),
    )


def _preview(visit: Visit, page: Page, chosen: tuple[str, ...]) -> Losses:
    return losses.preview(
        visit.tx,
        visit.who,
        visit.of.id,
        page.console,
        systemdb_and_files=SYSTEMDB_AND_FILES in chosen,
        data=DATA in chosen,
    )


def _review(visit: Visit, page: Page, refusal: LiftlockError | None = None) -> Response:
    content = proposals.offer_to_production(visit.tx, visit.who, visit.of.id)
    return _second_step(visit, page, refusal, deployed=deployed(content), seen=_set(content))


def _set(content: Content) -> str:
    """Return what changes with the modules that would be moved."""
    return hashlib.sha256(repr(sorted(content.packages)).encode()).hexdigest()
