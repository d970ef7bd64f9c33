"""Consoles: the self-service pages of each environment, and what people do from them. Pure.

One console per environment. Its pages are the ones of the procedure: *Move to Staging* and *Down
Alignment* in Development, *Move to Production* in Staging, *Production Deployment* in Production.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from liftlock.domain.environments import Kind
from liftlock.domain.freezes import NothingToOverride
from liftlock.domain.move_refusals import (
    AlreadyOpened,
    AlreadyResolved,
    DateIsFixed,
    MoveHasBegun,
    MoveIsOver,
    NotErrored,
    NotRunning,
)
from liftlock.domain.moves import Move
from liftlock.domain.people import Signature
from liftlock.domain.resolutions import Resolution
from liftlock.domain.statuses import WAITING, MoveKind, State, is_over
from liftlock.domain.undos import NothingToGoBackTo, NotUndoable
from liftlock.errors import Conflict, LiftlockError, NotFound


class ConsolePageNotFound(NotFound):
    """No such page in this console."""

    code = "console.page_not_found"
    sentence = "{console} has no page {page}. Follow the navigation."


class AlreadyStopping(Conflict):
    """Somebody has asked for it already."""

    code = "move.already_stopping"
    sentence = "Move {move} was asked to stop already: its target is being put back."


class AlreadyTakenBack(Conflict):
    """What a stop would do is being done already."""

    code = "move.already_taken_back"
    sentence = (
        "Move {move} broke, and its target is being put back already: there is nothing to stop. "
        "Follow it on its page."
    )


class Page(StrEnum):
    """The four self-service pages, by the last part of their addresses."""

    MOVE_TO_STAGING = "move-to-staging"
    DOWN_ALIGNMENT = "down-alignment"
    MOVE_TO_PRODUCTION = "move-to-production"
    PRODUCTION_DEPLOYMENT = "production-deployment"

    @property
    def title(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride, reportImplicitOverride]
        """Return what the navigation calls it: *Move to Staging*."""
        return self.value.replace("-", " ").title().replace(" To ", " to ")

    @property
    def console(self) -> Kind:
        """Return whose console it belongs to."""
        return next(kind for kind, pages in PAGES.items() if self in pages)

    @property
    def address(self) -> str:
        """Return its path: */development/move-to-staging*."""
        return f"/{self.console}/{self.value}"

    @property
    def schedules(self) -> MoveKind | None:
        """Return the kind of move that is scheduled from it; None in Production."""
        return _SCHEDULES.get(self)

    @property
    def about(self) -> frozenset[MoveKind]:
        """Return the kinds of move that it shows."""
        return _ABOUT[self]


PAGES: Mapping[Kind, tuple[Page, ...]] = MappingProxyType(
    {
        Kind.DEVELOPMENT: (Page.MOVE_TO_STAGING, Page.DOWN_ALIGNMENT),
        Kind.STAGING: (Page.MOVE_TO_PRODUCTION,),
        Kind.PRODUCTION: (Page.PRODUCTION_DEPLOYMENT,),
    }
)
"""The navigation below *Self-service*, in order."""

_SCHEDULES: Mapping[Page, MoveKind] = MappingProxyType(
    {
        Page.MOVE_TO_STAGING: MoveKind.MOVE_TO_STAGING,
        Page.DOWN_ALIGNMENT: MoveKind.DOWN_ALIGN,
        Page.MOVE_TO_PRODUCTION: MoveKind.MOVE_TO_PRODUCTION,
    }
)
_ABOUT: Mapping[Page, frozenset[MoveKind]] = MappingProxyType(
    {
        Page.MOVE_TO_STAGING: frozenset({MoveKind.MOVE_TO_STAGING}),
        Page.DOWN_ALIGNMENT: frozenset({MoveKind.DOWN_ALIGN}),
        Page.MOVE_TO_PRODUCTION: frozenset({MoveKind.MOVE_TO_STAGING, MoveKind.MOVE_TO_PRODUCTION}),
        Page.PRODUCTION_DEPLOYMENT: frozenset({MoveKind.MOVE_TO_PRODUCTION}),
    }
)
_UNDOES: Mapping[Kind, Page] = MappingProxyType(
    {
        Kind.DEVELOPMENT: Page.DOWN_ALIGNMENT,
        Kind.STAGING: Page.MOVE_TO_PRODUCTION,
        Kind.PRODUCTION: Page.PRODUCTION_DEPLOYMENT,
    }
)
"""Where an undo of an environment is shown: beside what brings it something new."""


class Deed(StrEnum):
    """What a person can do to a move that is there; the value is the last part of its address."""

    VALIDATE = "validate"
    MODIFY = "modify"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"
    OVERRIDE = "override"
    STOP = "stop"
    RESOLVE = "resolve"
    UNDO = "undo"


def page_at(console: Kind, slug: str) -> Page:
    """Return the page of a console by the last part of its address.

    Raises:
        ConsolePageNotFound: the console has none of this name.
    """
    found = next((page for page in PAGES[console] if page.value == slug), None)
    if found is None:
        raise ConsolePageNotFound(console=console.title, page=slug)
    return found


def shows(page: Page, kind: MoveKind, target: Kind) -> bool:
    """Tell whether a page is about a move of this kind to this environment."""
    return _UNDOES[target] is page if kind is MoveKind.UNDO else kind in page.about


def page_of(kind: MoveKind, target: Kind) -> Page:
    """Return the page from which a move is validated, or where it is looked at when nobody is."""
    match kind:
        case MoveKind.MOVE_TO_STAGING:
            return Page.MOVE_TO_PRODUCTION
        case MoveKind.MOVE_TO_PRODUCTION:
            return Page.PRODUCTION_DEPLOYMENT
        case MoveKind.DOWN_ALIGN:
            return Page.DOWN_ALIGNMENT
        case MoveKind.UNDO:
            return _UNDOES[target]


def scheduling_page(kind: MoveKind) -> Page:
    """Return the page from which a move of this kind is scheduled."""
    return next(page for page, scheduled in _SCHEDULES.items() if scheduled is kind)


def deeds_possible(
    move: Move, *, opened: bool, frozen: bool = False, kept: bool = False, resolving: bool = False
) -> frozenset[Deed]:
    """Return what the state of a move leaves to be done, whoever may do it.

    `opened` says whether a running move has opened its target to people, or is taken back already;
    `frozen` whether a freeze lies over the time of a waiting one, `kept` whether there is a restore
    point of a completed one, `resolving` whether a worker is to put an errored one back again.
    What nobody validates has no proposal: it is withdrawn (the button of a Down Align reads
    *Cancel*). A Move to Production that was tested against another Production can no longer be
    validated.
    """
    if move.state in WAITING:
        waiting = _deeds_waiting(move)
        return waiting | {Deed.OVERRIDE} if frozen else waiting
    if move.state is State.RUNNING:
        return frozenset() if opened or move.stop_asked else frozenset({Deed.STOP})
    if move.state is State.COMPLETED:
        return frozenset({Deed.UNDO}) if kept else frozenset()
    return frozenset({Deed.RESOLVE}) if move.blocks and not resolving else frozenset()


def _deeds_waiting(move: Move) -> frozenset[Deed]:
    if not move.needs_validation:
        return frozenset({Deed.WITHDRAW})
    waiting = frozenset({Deed.MODIFY, Deed.CANCEL, Deed.WITHDRAW})
    return waiting | {Deed.VALIDATE} if _validatable(move) else waiting


def _validatable(move: Move) -> bool:
    if move.kind is MoveKind.MOVE_TO_PRODUCTION and move.changed:
        return False
    return move.state is State.PROPOSED or bool(move.changed)


def why_not(move: Move, deed: Deed) -> LiftlockError:
    """Return why the state of a move leaves something no longer, or not yet, to be done."""
    match deed:
        case Deed.STOP:
            return _why_not_stop(move)
        case Deed.RESOLVE:
            refusal = NotErrored if move.state is not State.ERRORED else AlreadyResolved
            return refusal(move=move.id, status=move.status)
        case Deed.UNDO:
            return _why_not_undo(move)
        case Deed.OVERRIDE:
            return NothingToOverride(move=f"{move.kind.title} {move.id}", status=move.status)
        case Deed.VALIDATE | Deed.MODIFY | Deed.CANCEL | Deed.WITHDRAW:
            return _why_not_waiting(move)


def _why_not_stop(move: Move) -> LiftlockError:
    if move.state is not State.RUNNING:
        return NotRunning(move=move.id, status=move.status)
    return AlreadyStopping(move=move.id) if move.stop_asked else AlreadyOpened(move=move.id)


def _why_not_undo(move: Move) -> LiftlockError:
    if move.state is not State.COMPLETED:
        return NotUndoable(move=move.id, status=move.status)
    return NothingToGoBackTo(move=move.id)


def _why_not_waiting(move: Move) -> LiftlockError:
    if move.state is State.RUNNING:
        return MoveHasBegun(move=move.id, status=move.status)
    if move.state in WAITING and not move.needs_validation:
        return DateIsFixed(kind=move.kind.title, move=move.id)
    return MoveIsOver(move=move.id, status=move.status)


def move_to_test(completed: Mapping[MoveKind, Move], planned: Iterable[Move]) -> Move | None:
    """Return the Move to Staging that is to be tested, or whose test is to be vouched for.

    `completed` are the last completed moves by kind, `planned` those that wait or run. None when
    there is nothing in Staging that Production does not have, or it is on its way there, or Staging
    is being replaced right now.
    """
    brought = completed.get(MoveKind.MOVE_TO_STAGING)
    if brought is None or any(_takes_away(move) for move in planned):
        return None
    carried = completed.get(MoveKind.MOVE_TO_PRODUCTION)
    if carried is None or carried.ended_at is None or brought.ended_at is None:
        return brought
    return brought if carried.ended_at < brought.ended_at else None


def _takes_away(move: Move) -> bool:
    to_staging = move.kind is MoveKind.MOVE_TO_STAGING and move.state is State.RUNNING
    return to_staging or move.kind is MoveKind.MOVE_TO_PRODUCTION


def is_planned(move: Move) -> bool:
    """Tell whether a move waits or runs, or is errored and unresolved."""
    return not is_over(move.state) or move.blocks


def urgency(move: Move) -> tuple[bool, datetime]:
    """Return what planned moves are ordered by: what lets no other begin first."""
    return not move.blocks, move.slot.interval.begin


def ended_at(move: Move) -> datetime:
    """Return when a move ended; of one that has not, when it was submitted."""
    return move.ended_at or move.submitted.at


def mark(
    planned: Iterable[Move], ended: Iterable[Move], step: str, resolving: Iterable[Resolution]
) -> str:
    """Return a word that is another one once what pages show of an organisation has changed.

    `ended` is what ended last of each kind, `step` what runs, and `resolving` what workers do about
    errored moves.
    """
    moves = [(m.id, m.state, m.digest, m.changed, tuple(signatures(m))) for m in planned]
    last = sorted((m.id, m.state) for m in ended)
    whole = repr((moves, last, step, [(r.id, r.state) for r in resolving]))
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def signatures(move: Move) -> Iterable[Signature]:
    """Return everything that was signed on a move."""
    made = (
        move.submitted,
        move.accepted,
        move.validated,
        move.date_modified,
        move.stop_asked,
        move.resolved,
    )
    return (signature for signature in made if signature)
