"""Moves over JSON: schedule, look, validate, change, stop, resolve."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from liftlock.books import Transaction
from liftlock.domain.contents import ContentDigest
from liftlock.domain.environments import Kind
from liftlock.domain.moves import TARGET, Move, MoveId
from liftlock.domain.people import Person, PersonId, Signature
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.domain.steps import StepShown as Step
from liftlock.domain.steps import StepState
from liftlock.services import moves, people, steps
from liftlock.web.api import proposals, wall_times
from liftlock.web.api.packages import InstalledShown, installed_shown
from liftlock.web.api.proposals import MoveGiven
from liftlock.web.api.wall_times import SlotShown, TimeGiven
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import AtMost, Before, Code, Given, Number, Words
from liftlock.web.once import OnceRoute

router = APIRouter(prefix="/moves", tags=["moves"], route_class=OnceRoute)


class SeenGiven(Given):
    """The digest of what the person has looked at."""

    seen: Code


class DateGiven(Given):
    """Another time."""

    at: TimeGiven


class ReasonGiven(Given):
    """Why; the proposer is told."""

    reason: Words


class ResolutionGiven(Given):
    """How an errored move is resolved; `mark_as_repaired` needs a note."""

    how: How
    note: Words = ""


class ScopeShown(BaseModel):
    """What an alignment replaces."""

    systemdb_and_files: bool
    data: bool


class StepShown(BaseModel):
    """One step, or one undo, of a move that began."""

    name: str
    state: StepState
    said: str
    done: int
    of: int
    unit: str
    tries: int
    begun_at: datetime
    ended_at: datetime | None


class MoveListed(BaseModel):
    """A move in a list."""

    id: MoveId
    kind: MoveKind
    title: str
    status: str
    state: State
    scheduled_for: str
    slot: SlotShown
    submitted_by: str
    accepted_by: str | None
    validated_by: str | None
    modules: list[InstalledShown]
    scope: ScopeShown
    cause: Cause | None
    cause_said: str
    begun_at: datetime | None
    ended_at: datetime | None


class MoveShown(MoveListed):
    """One move with everything that its page shows."""

    digest: str
    """What a validation must name as seen."""
    target: Kind | None
    why: str
    """What is awaited; empty unless the move waits."""
    changed: list[str]
    """What of Production has changed since; the validation is stale when there is any."""
    tested_note: str
    stop_asked_by: str | None
    resolved_by: str | None
    resolved_note: str
    predicted_end: datetime | None
    planned_steps: list[str]
    steps: list[StepShown]


class MovePage(BaseModel):
    """Moves, latest first; `next` is the `before` of the next page."""

    moves: list[MoveListed]
    next: int | None


def _name(signature: Signature | None, names: Mapping[PersonId, str]) -> str | None:
    return None if signature is None else names.get(signature.by, f"person {signature.by}")


def listed(move: Move, names: Mapping[PersonId, str], now: datetime) -> MoveListed:
    """Return what a list shows of a move."""
    slot = wall_times.shown(move.slot, now)
    scope = move.content.scope
    return MoveListed(
        id=move.id,
        kind=move.kind,
        title=move.kind.title,
        status=move.status,
        state=move.state,
        scheduled_for=slot.said,
        slot=slot,
        submitted_by=_name(move.submitted, names) or "",
        accepted_by=_name(move.accepted, names),
        validated_by=_name(move.validated, names),
        modules=installed_shown(move.content.packages),
        scope=ScopeShown(systemdb_and_files=scope.systemdb_and_files, data=scope.data),
        cause=move.cause,
        cause_said=move.cause_said,
        begun_at=move.begun_at,
        ended_at=move.ended_at,
    )


def step_shown(step: Step) -> StepShown:
    """Return what a caller sees of a step."""
    return StepShown(
        name=step.name,
        state=step.state,
        said=step.progress.said,
        done=step.progress.done,
        of=step.progress.of,
        unit=step.progress.unit,
        tries=step.tries,
        begun_at=step.begun_at,
        ended_at=step.ended_at,
    )


def shown(found: moves.MoveShown, done: Iterable[Step], now: datetime) -> MoveShown:
    """Return what a caller sees of a move."""
    move, names = found.move, found.names
    return MoveShown(
        **dict(listed(move, names, now)),
        digest=found.seen,
        target=TARGET.get(move.kind),
        why=found.why_not_moving,
        changed=list(move.changed),
        tested_note=move.tested_note,
        stop_asked_by=_name(move.stop_asked, names),
        resolved_by=_name(move.resolved, names),
        resolved_note=move.resolved_note,
        predicted_end=found.predicted_end,
        planned_steps=list(move.steps),
        steps=[step_shown(step) for step in done],
    )


def _show(tx: Transaction, who: Person, move: MoveId) -> MoveShown:
    return shown(moves.show(tx, who, move), steps.list_all(tx, who, move), tx.now)


@router.post("", status_code=201)
def schedule(tx: Tx, who: Who, organisation: Of, given: MoveGiven) -> MoveShown:
    """Schedule a move."""
    return _show(tx, who, proposals.schedule(tx, who, organisation.id, given).id)


@router.get("")
def list_moves(
    tx: Tx,
    who: Who,
    organisation: Of,
    *,
    kind: Annotated[tuple[MoveKind, ...], Query()] = (),
    state: Annotated[tuple[State, ...], Query()] = (),
    before: Before = None,
    limit: AtMost = 50,
) -> MovePage:
    """Return the organisation's moves, latest first."""
    last = None if before is None else MoveId(before)
    found = moves.list_moves(
        tx, who, organisation.id, kinds=kind, states=state, before=last, at_most=limit
    )
    names = people.names(tx, found)
    more = found[-1].id if len(found) == limit else None
    return MovePage(moves=[listed(move, names, tx.now) for move in found], next=more)


@router.get("/{move}")
def show(tx: Tx, who: Who, move: Number) -> MoveShown:
    """Return a move as the books know it."""
    return _show(tx, who, MoveId(move))


@router.post("/{move}/review")
def review(tx: Tx, who: Who, move: Number) -> MoveShown:
    """Read Production again, and return the move as a validation would cover it now."""
    found = moves.review(tx, who, MoveId(move))
    return shown(found, steps.list_all(tx, who, MoveId(move)), tx.now)


@router.post("/{move}/validate")
def validate(tx: Tx, who: Who, move: Number, given: SeenGiven) -> MoveShown:
    """Validate a proposal, on behalf of its target, as it was seen."""
    return _show(tx, who, moves.validate(tx, who, MoveId(move), ContentDigest(given.seen)).id)


@router.post("/{move}/modify")
def modify(tx: Tx, who: Who, move: Number, given: DateGiven) -> MoveShown:
    """Give a proposal another date, on behalf of its target."""
    return _show(tx, who, moves.modify_date(tx, who, MoveId(move), given.at.when()).id)


@router.post("/{move}/withdraw")
def withdraw(tx: Tx, who: Who, move: Number) -> MoveShown:
    """Take a move back, on behalf of where it was scheduled from."""
    return _show(tx, who, moves.withdraw(tx, who, MoveId(move)).id)


@router.post("/{move}/cancel")
def cancel(tx: Tx, who: Who, move: Number, given: ReasonGiven) -> MoveShown:
    """Refuse a proposal, on behalf of its target."""
    return _show(tx, who, moves.cancel(tx, who, MoveId(move), given.reason).id)


@router.post("/{move}/stop")
def stop(tx: Tx, who: Who, move: Number) -> MoveShown:
    """Ask a running move to stop; its target is put back."""
    return _show(tx, who, moves.stop(tx, who, MoveId(move)).id)


@router.post("/{move}/resolve")
def resolve(tx: Tx, who: Who, move: Number, given: ResolutionGiven) -> MoveShown:
    """End the block of an errored move."""
    return _show(tx, who, moves.resolve(tx, who, MoveId(move), given.how, given.note).id)
