"""Consoles: all that a self-service page shows, from one look into the books."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from liftlock.books import Transaction
from liftlock.domain import consoles as pages
from liftlock.domain import diagrams
from liftlock.domain.consoles import AlreadyTakenBack, Deed, Page
from liftlock.domain.contents import ContentDigest, Deployed, deployed
from liftlock.domain.diagrams import Diagram
from liftlock.domain.environments import Environment, EnvironmentId, Kind
from liftlock.domain.freezes import Freeze
from liftlock.domain.moves import SCHEDULED_FROM, Move, MoveId
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person, PersonId, Signature
from liftlock.domain.reasons import Around
from liftlock.domain.resolutions import AlreadyBeingResolved, Resolution
from liftlock.domain.runs import OPENS
from liftlock.domain.stages import is_back, step_said
from liftlock.domain.statuses import WAITING, MoveKind, State, is_over
from liftlock.errors import LiftlockError
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import (
    calendars,
    environments,
    freezes,
    moves,
    organisations,
    reasons,
    restore_points,
)
from liftlock.services.calendars import Took
from liftlock.store import consoles, people, resolutions, steps

_DEEDS: Mapping[Deed, Action] = {
    Deed.VALIDATE: Action.VALIDATE,
    Deed.MODIFY: Action.MODIFY_DATE,
    Deed.CANCEL: Action.CANCEL,
    Deed.OVERRIDE: Action.OVERRIDE_FREEZE,
    Deed.STOP: Action.STOP,
    Deed.RESOLVE: Action.RESOLVE,
    Deed.UNDO: Action.UNDO,
}
_SCHEDULE: Mapping[MoveKind, Action] = {
    MoveKind.MOVE_TO_STAGING: Action.SCHEDULE_MOVE_TO_STAGING,
    MoveKind.MOVE_TO_PRODUCTION: Action.SCHEDULE_MOVE_TO_PRODUCTION,
    MoveKind.DOWN_ALIGN: Action.SCHEDULE_DOWN_ALIGN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveThere:
    """A move as a page shows it to one person."""

    move: Move
    seen: ContentDigest
    """What a validation must name: the digest of what is shown here."""
    deployed: tuple[Deployed, ...]
    names: Mapping[PersonId, str]
    target: Environment
    validators: tuple[str, ...]
    """Who could validate it: the target's administrators but those who proposed it."""
    deeds: frozenset[Deed]
    """What this person may do to it now."""
    frozen: tuple[Freeze, ...]
    """The freezes that stop it: laid over its time, and not overridden."""
    is_own: bool
    """Four-eyes keeps this person, who could otherwise, from validating it."""
    why: str
    """What is awaited, from whom, since when, and what happens otherwise; or how far it is."""
    ended: Signature | None
    """Who canceled or withdrew it, and when."""
    resolution: Resolution | None
    """What a worker is to do, or does, about an errored one."""

    @property
    def validated_on(self) -> Page:
        """Return the page on which it is validated, modified and canceled."""
        return pages.page_of(self.move.kind, self.target.kind)

    def name(self, signature: Signature) -> str:
        """Return who signed."""
        return self.names.get(signature.by, f"person {signature.by}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where all of an organisation's moves stand."""

    organisation: Organisation
    environments: Mapping[EnvironmentId, Environment]
    now: datetime
    planned: tuple[Move, ...]
    """Waiting, running, or errored and unresolved: running first, then by their slots."""
    previous: Mapping[MoveKind, Move]
    """What ended last, of each kind."""
    completed: Mapping[MoveKind, Move]
    """What was completed last, of each kind, and not undone since."""
    tested: Move | None
    """The Move to Staging whose modules could go on to Production."""
    names: Mapping[PersonId, str]
    step: str
    """The step that runs, and how far: *install, 5 of 9*; empty when nothing runs."""
    opened: bool
    """Whether the running move has opened its target to people."""
    taken_back: bool
    """Whether the running move broke, and its target is being put back."""
    resolving: Mapping[MoveId, Resolution]
    """What workers are to do, or do, about errored moves."""
    diagram: Diagram

    @property
    def mark(self) -> str:
        """Return a word that is another one once a page of it is out of date."""
        return pages.mark(self.planned, self.previous.values(), self.step, self.resolving.values())

    @property
    def blocking(self) -> Move | None:
        """Return the move that lets no other begin."""
        return next((move for move in self.planned if move.blocks), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A self-service page as one person sees it."""

    page: Page
    situation: Situation
    there: tuple[MoveThere, ...]
    """What is planned, running or errored and concerns this page; the most urgent first."""
    previous: MoveThere | None
    """What was last, when nothing is planned."""
    tested: MoveThere | None
    """In Staging: the Move to Staging to be tested, or whose test is to be vouched for."""
    may_schedule: bool
    took: Took | None
    """How long such moves took before."""
    timed: MoveKind
    """Which those are: what is planned here, or would be next."""
    why: str


def situation(tx: Transaction, who: Person, organisation_id: OrganisationId) -> Situation:
    """Return where the organisation's moves stand.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    known = {e.id: e for e in environments.list_all(tx, who, organisation.id)}
    found = consoles.planned_and_last(tx, organisation.id)
    planned = tuple(sorted((m for m in found if pages.is_planned(m)), key=pages.urgency))
    ended = sorted((m for m in found if m.ended_at is not None), key=pages.ended_at)
    completed = {m.kind: m for m in ended if m.state is State.COMPLETED}
    tested = pages.move_to_test(completed, planned)
    running = next((m for m in planned if m.state is State.RUNNING), None)
    begun = steps.of_move(tx, running.organisation, running.id) if running else []
    step = step_said(running, begun) if running else ""
    under_way = (resolutions.under_way(tx, m.organisation, m.id) for m in planned)
    resolving = {each.move: each for each in under_way if each}
    standing = diagrams.Standing(
        now=tx.now,
        environments={id_: environment.kind for id_, environment in known.items()},
        planned=planned,
        latest={known[m.target].kind: m for m in ended if m.begun_at is not None},
        to_test=tested is not None,
        step=step,
        putting_back=bool(resolving),
    )
    return Situation(
        organisation=organisation,
        environments=known,
        now=tx.now,
        planned=planned,
        previous={m.kind: m for m in ended},
        completed=completed,
        tested=tested,
        names=people.names(tx, {signature.by for m in found for signature in pages.signatures(m)}),
        step=step,
        opened=any(each.name == OPENS for each in begun),
        taken_back=any(is_back(each.name) for each in begun),
        resolving=resolving,
        diagram=diagrams.draw(standing),
    )


def show(tx: Transaction, who: Person, organisation_id: OrganisationId, page: Page) -> Console:
    """Return a self-service page as this person sees it.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    around = situation(tx, who, organisation_id)
    concerned = [m for m in around.planned if _shows(page, m, around)]
    there = tuple(_there(tx, who, move, around) for move in concerned)
    previous = None if there else _previous(page, around)
    tested = around.tested if page is Page.MOVE_TO_PRODUCTION else None
    timed = concerned[0].kind if concerned else page.schedules or MoveKind.MOVE_TO_PRODUCTION
    return Console(
        page=page,
        situation=around,
        there=there,
        previous=_there(tx, who, previous, around) if previous else None,
        tested=_there(tx, who, tested, around) if tested else None,
        may_schedule=_may_schedule(who, page, around),
        took=calendars.took(tx, organisation_id, timed),
        timed=timed,
        why=there[0].why if there else _at_rest(tx, page, around, previous),
    )


def require_may_schedule(
    tx: Transaction, who: Person, organisation_id: OrganisationId, kind: MoveKind
) -> None:
    """Refuse whoever may not schedule moves of this kind.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    console = environments.of_kind(tx, organisation.id, SCHEDULED_FROM[kind])
    who_may.require(who, _SCHEDULE[kind], organisation, console)


def of_move(tx: Transaction, who: Person, move_id: MoveId, *, as_kept: bool = False) -> MoveThere:
    """Return one move as its pages show it to this person; `as_kept`: without asking Production.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound.
    """
    shown = moves.show(tx, who, move_id)
    around = replace(situation(tx, who, shown.move.organisation), names=shown.names)
    show_it = _as_kept if as_kept else _there
    return show_it(tx, who, shown.move, around)


def all_planned(tx: Transaction, who: Person, around: Situation) -> tuple[MoveThere, ...]:
    """Return everything that is planned, as this person sees it, without asking Production."""
    return tuple(_as_kept(tx, who, move, around) for move in around.planned)


def refuse(tx: Transaction, who: Person, move: Move, deed: Deed) -> NoReturn:
    """Say why a person cannot do something to a move: who may, or else what state it is in.

    Raises: NotAllowed, PrerequisiteMissing, MoveHasBegun, MoveIsOver, DateIsFixed, NotRunning,
        AlreadyStopping, AlreadyOpened, AlreadyTakenBack, NotErrored, AlreadyResolved,
        AlreadyBeingResolved.
    """
    around = situation(tx, who, move.organisation)
    action, where = _asked(deed, move, around)
    who_may.require(who, action, around.organisation, where)
    if deed is Deed.RESOLVE and move.id in around.resolving:
        raise AlreadyBeingResolved(move=move.id)
    if deed is Deed.STOP and move.state is State.RUNNING and around.taken_back:
        raise AlreadyTakenBack(move=move.id)
    raise pages.why_not(move, deed)


def _shows(page: Page, move: Move, around: Situation) -> bool:
    return pages.shows(page, move.kind, around.environments[move.target].kind)


def _previous(page: Page, around: Situation) -> Move | None:
    """Return what ended last of all that a page is about."""
    found = [m for m in around.previous.values() if _shows(page, m, around)]
    return max(found, key=pages.ended_at, default=None)


def _there(tx: Transaction, who: Person, move: Move, around: Situation) -> MoveThere:
    kept = _as_kept(tx, who, move, around)
    if Deed.VALIDATE not in kept.deeds or not move.changed:
        return kept
    return _as_kept(tx, who, _read_again(tx, who, move), around)


def _as_kept(tx: Transaction, who: Person, move: Move, around: Situation) -> MoveThere:
    target = around.environments[move.target]
    others = _validators(tx, move, around)
    frozen = freezes.over(tx, move) if move.state in WAITING else ()
    deeds = _deeds(who, move, around, frozen=bool(frozen), kept=restore_points.has(tx, move))
    is_own = Deed.VALIDATE in deeds and _proposed_it(who.id, move, around.organisation)
    ended = reasons.ended(tx, move)
    return MoveThere(
        move=move,
        seen=move.digest,
        deployed=deployed(move.content),
        names={**around.names, **people.names(tx, {ended.by})} if ended else around.names,
        target=target,
        validators=others,
        deeds=deeds - {Deed.VALIDATE} if is_own else deeds,
        frozen=frozen,
        is_own=is_own,
        why=_why(tx, move, around, others, frozen),
        ended=ended,
        resolution=around.resolving.get(move.id),
    )


def _read_again(tx: Transaction, who: Person, move: Move) -> Move:
    """Return a stale move as a validation would cover it now; as it is when nobody can look."""
    try:
        with tx.attempt():
            return moves.review(tx, who, move.id).move
    except LiftlockError:
        return move


def _validators(tx: Transaction, move: Move, around: Situation) -> tuple[str, ...]:
    if is_over(move.state) or not move.needs_validation:
        return ()
    return tuple(
        person.name
        for person in people.administrators(tx, move.target)
        if not _proposed_it(person.id, move, around.organisation)
    )


def _proposed_it(person: PersonId, move: Move, organisation: Organisation) -> bool:
    """Tell whether four-eyes keeps a person from validating a move."""
    modified = move.date_modified is not None and move.date_modified.by == person
    return organisation.four_eyes and (move.submitted.by == person or modified)


def _deeds(
    who: Person, move: Move, around: Situation, *, frozen: bool, kept: bool
) -> frozenset[Deed]:
    possible = pages.deeds_possible(
        move,
        opened=around.opened or around.taken_back,
        frozen=frozen,
        kept=kept,
        resolving=move.id in around.resolving,
    )
    return frozenset(deed for deed in possible if _may(who, deed, move, around))


def _may(who: Person, deed: Deed, move: Move, around: Situation) -> bool:
    action, where = _asked(deed, move, around)
    return who_may.may(who, action, around.organisation, where)


def _asked(deed: Deed, move: Move, around: Situation) -> tuple[Action, Environment | None]:
    """Return what who-may is asked: a move is withdrawn where it was scheduled from."""
    target = around.environments[move.target]
    if deed is not Deed.WITHDRAW:
        return _DEEDS[deed], target
    console = _of_kind(around, SCHEDULED_FROM.get(move.kind, target.kind))
    return moves.WITHDRAW[move.kind], console


def _may_schedule(who: Person, page: Page, around: Situation) -> bool:
    if page.schedules is None:
        return False
    console = _of_kind(around, page.console)
    return who_may.may(who, _SCHEDULE[page.schedules], around.organisation, console)


def _of_kind(around: Situation, kind: Kind) -> Environment | None:
    return next((e for e in around.environments.values() if e.kind is kind), None)


def _why(
    tx: Transaction,
    move: Move,
    around: Situation,
    validators: tuple[str, ...] = (),
    frozen: tuple[Freeze, ...] = (),
) -> str:
    if is_over(move.state) and not move.blocks:
        return ""
    blocking = around.blocking
    return reasons.why(
        tx,
        move,
        Around(
            now=tx.now,
            target=around.environments[move.target].kind.title,
            validators=validators,
            blocked_by=blocking if blocking and blocking.id != move.id else None,
            frozen=tuple(freeze.reason for freeze in frozen),
            frozen_since=max((freeze.entered.at for freeze in frozen), default=None),
            step=around.step,
            taken_back=around.taken_back,
        ),
    )


def _at_rest(tx: Transaction, page: Page, around: Situation, previous: Move | None) -> str:
    """Say why nothing moves on a page with no plan: something else may be in the way."""
    errored = around.blocking
    if errored is not None and errored.state is State.ERRORED:
        return _why(tx, errored, around)
    staging = _of_kind(around, Kind.STAGING)
    return reasons.at_rest(tx, page, around.tested, previous, staging)
