"""Moves over JSON: schedule, look, validate, change, stop, resolve."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel

from liftlock.domain.contents import ContentDigest
from liftlock.domain.environments import Kind
from liftlock.domain.moves import TARGET, Move, MoveId
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.domain.steps import StepShown as Step
from liftlock.domain.steps import StepState
from liftlock.domain.versions import seen, seen_to_validate
from liftlock.services import moves, people, steps
from liftlock.web import problems
from liftlock.web.api import proposals, wall_times
from liftlock.web.api.packages import InstalledShown, installed_shown
from liftlock.web.api.proposals import MoveGiven
from liftlock.web.api.wall_times import SlotShown, TimeGiven
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import Code, Given, Number, Words
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(prefix="/moves", tags=["moves"], route_class=OnceRoute)


class SeenGiven(Given):
    """The digest of what the person has looked at; `If-Match` says it, too."""

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
    undoes: int | None
    """Of an Undo: the move that it takes back."""
    falls: list[int]
    """Of an Undo: the later moves that fall with it."""
    undone_by: int | None
    """The Undo that undid it, or with which it fell."""
    cause: Cause | None
    cause_said: str
    begun_at: datetime | None
    ended_at: datetime | None


class MoveShown(MoveListed):
    """One move with everything that its page shows."""

    digest: str
    """What a validation must name as seen."""
    etag: str
    """This version of the move, for `If-Match`; the header `ETag` has it, too."""
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
    """Moves, latest first; `next` is the `cursor` of the next page."""

    moves: list[MoveListed]
    next: str | None


def _name(signature: Signature | None, names: Mapping[PersonId, str]) -> str | None:
    return None if signature is None else names.get(signature.by, f"person {signature.by}")


def listed(move: Move, names: Mapping[PersonId, str], now: datetime) -> MoveListed:
    """Return what a list shows of a move."""
    slot = wall_times.shown(move.slot, now)
    scope, undoing = move.content.scope, move.content.undoing
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
        undoes=undoing.move if undoing else None,
        falls=list(undoing.falls) if undoing else [],
        undone_by=move.undone_by,
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
    undoing = move.content.undoing
    return MoveShown(
        **dict(listed(move, names, now)),
        digest=found.seen,
        etag=found.version.tag,
        target=undoing.environment if undoing else TARGET.get(move.kind),
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


IfMatch: TypeAlias = Annotated[
    str | None,
    Header(
        max_length=2000,
        description="The `ETag` of what you have looked at; `*`: whatever the move is by now.",
    ),
]
TAGGED: dict[str, object] = {
    "headers": {"ETag": {"description": "This version of the move.", "schema": {"type": "string"}}}
}
SHOWN: dict[int | str, dict[str, object]] = {200: TAGGED}
ACTED: dict[int | str, dict[str, object]] = {
    **SHOWN,
    **problems.documented(
        {
            412: "The move is not what was seen: `changed` says what was done since, by whom.",
            428: "The request does not say what was seen.",
        }
    ),
}


class Showing:
    """Shows a move, and says by the header `ETag` which version of it that is."""

    def __init__(self, tx: Tx, who: Who, response: Response) -> None:
        self._tx = tx
        self._who = who
        self._response = response

    def __call__(self, move: Move) -> MoveShown:
        """Return what a caller sees of a move."""
        return self.of(moves.show(self._tx, self._who, move.id))

    def of(self, found: moves.MoveShown) -> MoveShown:
        """Return what a caller sees of what was found."""
        self._response.headers["ETag"] = f'"{found.version.tag}"'
        done = steps.list_all(self._tx, self._who, found.move.id)
        return shown(found, done, self._tx.now)


Show: TypeAlias = Annotated[Showing, Depends(Showing)]


@router.post("", status_code=201)
def schedule(show: Show, tx: Tx, who: Who, organisation: Of, given: MoveGiven) -> MoveShown:
    """Schedule a move."""
    return show(proposals.schedule(tx, who, organisation.id, given))


@router.get("", responses=PAGED)
def list_moves(
    tx: Tx,
    who: Who,
    organisation: Of,
    *,
    kind: Annotated[tuple[MoveKind, ...], Query()] = (),
    state: Annotated[tuple[State, ...], Query()] = (),
    page: Paging,
) -> MovePage:
    """Return the organisation's moves, latest first."""
    last = None if page.number is None else MoveId(page.number)
    found, following = page.trimmed(
        moves.list_moves(
            tx, who, organisation.id, kinds=kind, states=state, before=last, at_most=page.at_most
        ),
        lambda move: move.id,
    )
    names = people.names(tx, found)
    return MovePage(moves=[listed(move, names, tx.now) for move in found], next=following)


@router.get("/{move}", responses=SHOWN)
def show(show: Show, tx: Tx, who: Who, move: Number) -> MoveShown:
    """Return a move as the books know it."""
    return show.of(moves.show(tx, who, MoveId(move)))


@router.post("/{move}/review", responses=SHOWN)
def review(show: Show, tx: Tx, who: Who, move: Number) -> MoveShown:
    """Read Production again, and return the move as a validation would cover it now."""
    return show.of(moves.review(tx, who, MoveId(move)))


@router.post("/{move}/validate", responses=ACTED)
def validate(
    tx: Tx, who: Who, show: Show, move: Number,
    *, given: SeenGiven | None = None, if_match: IfMatch = None,
) -> MoveShown:  # fmt: skip
    """Validate a proposal, on behalf of its target, as it was seen: `If-Match`, or `seen`.

    A validation is of content, so it cannot be of whatever the move is by now (`*`).
    """
    named = None if given is None else ContentDigest(given.seen)
    digest, version = seen_to_validate(if_match, named)
    return show(moves.validate(tx, who, MoveId(move), digest, version))


@router.post("/{move}/modify", responses=ACTED)
def modify(
    tx: Tx, who: Who, show: Show, move: Number, *, given: DateGiven, if_match: IfMatch = None
) -> MoveShown:
    """Give a proposal another date, on behalf of its target."""
    return show(moves.modify_date(tx, who, MoveId(move), given.at.when(), seen(if_match)))


@router.post("/{move}/withdraw", responses=ACTED)
def withdraw(tx: Tx, who: Who, show: Show, move: Number, if_match: IfMatch = "*") -> MoveShown:
    """Take a move back, on behalf of where it was scheduled from."""
    return show(moves.withdraw(tx, who, MoveId(move), seen(if_match)))


@router.post("/{move}/cancel", responses=ACTED)
def cancel(
    tx: Tx, who: Who, show: Show, move: Number, *, given: ReasonGiven, if_match: IfMatch = None
) -> MoveShown:
    """Refuse a proposal, on behalf of its target."""
    return show(moves.cancel(tx, who, MoveId(move), given.reason, seen(if_match)))


@router.post("/{move}/stop")
def stop(show: Show, tx: Tx, who: Who, move: Number) -> MoveShown:
    """Ask a running move to stop; its target is put back."""
    return show(moves.stop(tx, who, MoveId(move)))


@router.post("/{move}/resolve")
def resolve(show: Show, tx: Tx, who: Who, move: Number, given: ResolutionGiven) -> MoveShown:
    """End the block of an errored move."""
    return show(moves.resolve(tx, who, MoveId(move), given.how, given.note))
