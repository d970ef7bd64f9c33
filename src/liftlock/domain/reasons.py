"""Reasons: the one line that says why a move does not move, or how far it is. Pure.

It names what is awaited, from whom, since when, and what happens otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from liftlock.domain.consoles import Page
from liftlock.domain.due import LATE_AFTER, counts_from
from liftlock.domain.moves import Move
from liftlock.domain.overruns import is_over, over_said
from liftlock.domain.people import Signature
from liftlock.domain.resolutions import Resolution, ResolutionState
from liftlock.domain.slots import predicted_end
from liftlock.domain.statuses import WAITING, Cause, MoveKind, State
from liftlock.domain.wall_times import said


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else holds when a move is looked at."""

    now: datetime
    target: str
    """The name of the environment that it changes."""
    validators: tuple[str, ...] = ()
    """Who could validate it."""
    administrators: tuple[str, ...] = ()
    """Who administers the environment that it changes."""
    blocked_by: Move | None = None
    """Another move of the organisation that runs, or is errored and unresolved."""
    resolvers: tuple[str, ...] = ()
    """Who could resolve the errored move: this one, or the one in its way."""
    resolution: Resolution | None = None
    """What a worker is to do, or does, about that errored move."""
    asked_by: str = ""
    """Who asked for that; of a move that is to stop: who asked it to."""
    late_after: timedelta = LATE_AFTER
    frozen: tuple[str, ...] = ()
    """The reasons of the freezes that lie over its time and were not overridden."""
    frozen_since: datetime | None = None
    """When the last of them was entered."""
    step: str = ""
    """The step that runs, and how far: *install, 5 of 9*."""
    taken_back: bool = False
    """Whether the running move broke, and its target is being put back."""
    stale_since: datetime | None = None
    """When it was noticed that Production has changed."""
    unread: str = ""
    """Why Production cannot be read, when that alone keeps a due move from beginning."""
    unread_since: datetime | None = None


def why(move: Move, around: Around) -> str:
    """Return what people read beside *Why is it not moving?*; empty for what is over."""
    if move.state is State.RUNNING:
        return _running(move, around)
    if move.state is State.ERRORED and move.resolved is None:
        return _errored(move, around)
    if move.state not in WAITING:
        return ""
    return f"{_waiting(move, around)}{_frozen(move, around)}"


def _waiting(move: Move, around: Around) -> str:
    if move.changed and move.kind is MoveKind.MOVE_TO_PRODUCTION:
        return _outdated(move, around)
    if move.changed and move.kind is MoveKind.UNDO and not move.needs_validation:
        return _nothing_to_go_back_to(move, around)
    if move.state is State.PROPOSED:
        return _proposed(move, around)
    if move.changed and move.kind is not MoveKind.DOWN_ALIGN:
        return _stale(move, around)
    return _validated(move, around)


def _frozen(move: Move, around: Around) -> str:
    if not around.frozen:
        return ""
    since = _since(move, around.frozen_since, around, ", entered on")
    return (
        f" A freeze lies over its time ({'; '.join(around.frozen)}){since}: "
        f"{either(around.administrators)} of {around.target} "
        f"must override it or modify the date, else it expires on {move.slot.said(around.now)}."
    )


def _running(move: Move, around: Around) -> str:
    target = around.target
    if around.taken_back:
        step = f" It is at {around.step}." if around.step else ""
        return f"It broke, and {target} is being put back as it was.{step} {_else_errored(target)}"
    if move.stop_asked:
        asked = f"{around.asked_by or 'Somebody'} asked it to stop on"
        when = _time(move, move.stop_asked.at, around)
        return f"{asked} {when}: {target} is being put back as it was. {_else_errored(target)}"
    step = f" It is at {around.step}." if around.step else ""
    if move.begun_at is None:
        return f"It has begun.{step}"
    ends = predicted_end(move.begun_at, move.slot.length, around.now)
    runs = f"It runs since {_time(move, move.begun_at, around)}.{step}"
    ends_by = f"It should end by {_time(move, ends, around)}"
    if is_over(move, around.now):
        return f"{runs} {over_said(move, around.now)} {ends_by}; what is due waits."
    return f"{runs} {ends_by}; if it takes longer, it is not cut, and what is due waits."


def _else_errored(target: str) -> str:
    return f"If that cannot be done and proved, a person must look at {target}."


def _errored(move: Move, around: Around) -> str:
    if around.resolution is not None:
        otherwise = f"If that fails, {either(around.resolvers)} must look at {around.target} again."
        return f"{_being_put_back(move, around, around.resolution)}. {otherwise}"
    since = _since(move, move.ended_at, around)
    minutes = around.late_after // timedelta(minutes=1)
    return (
        f"{_named(move)} is errored{since}: {either(around.resolvers)} must look at "
        f"{around.target}. Until it is put back again or marked as repaired, no other move begins; "
        f"one that is due expires after {minutes} minutes."
    )


def _being_put_back(errored: Move, around: Around, resolution: Resolution) -> str:
    is_at_it = resolution.state is ResolutionState.RUNNING
    worker = "a worker is at it" if is_at_it else "a worker begins within seconds"
    when = _time(errored, resolution.asked_at, around)
    asked = f"{around.asked_by or 'somebody'} asked for that on {when}"
    return f"{_named(errored)} is errored and is being put back again: {asked}, and {worker}"


def _outdated(move: Move, around: Around) -> str:
    changed = "; ".join(move.changed)
    until = _time(move, move.slot.validation_ends, around)
    noticed = _since(move, around.stale_since, around, " (noticed on", ")")
    return (
        f"Staging was tested against another Production: {changed}{noticed}. "
        "It cannot be validated "
        f"any more: {either(around.administrators)} cancels it, and another Move to Staging is "
        f"scheduled; else it expires on {until}."
    )


def _nothing_to_go_back_to(move: Move, around: Around) -> str:
    changed = "; ".join(move.changed)
    until = _time(move, move.slot.validation_ends, around)
    return (
        f"What it was scheduled with has changed: {changed}. {either(around.administrators)} "
        f"withdraws it and schedules another; otherwise it expires on {until}."
    )


def _stale(move: Move, around: Around) -> str:
    changed = "; ".join(move.changed)
    until = _time(move, move.slot.validation_ends, around)
    since = _since(move, around.stale_since, around)
    return (
        f"Its validation is stale{since}: {changed}. It waits for {either(around.validators)} to "
        f"validate it again; otherwise it expires on {until}."
    )


def _proposed(move: Move, around: Around) -> str:
    if around.now >= move.slot.validation_ends:
        return "Nobody validated it in time: it expires within seconds, and its time is free again."
    changed = "; ".join(move.changed)
    as_it_is = f" What it was proposed with has changed since: {changed}." if changed else ""
    return f"{_awaited(move, around)}{as_it_is}"


def _awaited(move: Move, around: Around) -> str:
    since = _time(move, (move.date_modified or move.submitted).at, around)
    until = _time(move, move.slot.validation_ends, around)
    if not around.validators:
        return (
            f"It waits for a validation in {around.target} since {since}, and nobody but who "
            "proposed it could give one: appoint another Delegated Administrator there. "
            f"Otherwise it expires on {until}."
        )
    return (
        f"It waits for a validation in {around.target} by {either(around.validators)}, since "
        f"{since}. Without one it expires on {until} and its time is free again."
    )


def _validated(move: Move, around: Around) -> str:
    expires = _time(move, counts_from(move) + around.late_after, around)
    if around.now < move.slot.interval.begin:
        since = _time(move, (move.validated or move.submitted).at, around)
        missing = "it would begin" if around.frozen else "it begins by itself"
        begins = f"{missing} on {move.slot.said(around.now)}"
        nothing = f"Nothing is missing since {since}: {begins}"
        return f"{nothing}{_unless(around.blocked_by)}; if it cannot until {expires}, it expires."
    if around.blocked_by is not None:
        return _in_the_way(around.blocked_by, around, expires)
    due = f"It is due since {_time(move, counts_from(move), around)}"
    if around.unread:
        since = _since(move, around.unread_since, around)
        read = around.target if move.kind is MoveKind.UNDO else "Production"
        return (
            f"{due}, and {read} cannot be read{since}: {around.unread} Whoever runs that "
            f"server must look. A worker tries again all the time; if none can until {expires}, it "
            "expires."
        )
    return f"{due}: a worker begins it within seconds. If none does, it expires on {expires}."


def _unless(blocked_by: Move | None) -> str:
    if blocked_by is None or blocked_by.state is State.RUNNING:
        return ""
    return f", if {_named(blocked_by)}, which is errored, is resolved until then"


def _in_the_way(blocked_by: Move, around: Around, expires: str) -> str:
    if blocked_by.state is State.RUNNING and blocked_by.begun_at is not None:
        ends = predicted_end(blocked_by.begun_at, blocked_by.slot.length, around.now)
        minutes = around.late_after // timedelta(minutes=1)
        since = _since(blocked_by, blocked_by.begun_at, around)
        return (
            f"{_named(blocked_by)} is still running{since} and should end by "
            f"{_time(blocked_by, ends, around)}. This one "
            f"begins after it; if it cannot within {minutes} minutes, it expires."
        )
    otherwise = f"Otherwise this one expires on {expires}."
    if around.resolution is not None:
        begins = "This one begins when that has ended."
        return f"{_being_put_back(blocked_by, around, around.resolution)}. {begins} {otherwise}"
    since = _since(blocked_by, blocked_by.ended_at, around)
    awaited = f"{either(around.resolvers)} must resolve it first"
    return f"{_named(blocked_by)} is errored{since}: {awaited}. {otherwise}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRest:
    """What counts on a page when nothing that it is about is planned."""

    now: datetime
    tested: Move | None = None
    """The completed Move to Staging that could go on to Production."""
    testers: tuple[str, ...] = ()
    """Who could schedule that: the administrators of Staging."""
    previous: Move | None = None
    """The last move that the page is about."""
    ended: Signature | None = None
    """When it was canceled or withdrawn, and by whom."""
    ended_by: str = ""
    """Their name."""


def at_rest(page: Page, around: AtRest) -> str:
    """Return what people read on a page when nothing that it is about is planned.

    How the last move ended is said first, unless it was completed.
    """
    return f"{_how_it_ended(around)}{_next(page, around)}"


def _next(page: Page, around: AtRest) -> str:
    tested, previous = around.tested, around.previous
    if tested is None or page not in {Page.MOVE_TO_PRODUCTION, Page.PRODUCTION_DEPLOYMENT}:
        is_told = previous is not None and previous.state in _TOLD
        return _NEXT[page] if is_told else f"Nothing is planned. {_NEXT[page]}"
    ended = tested.ended_at or tested.submitted.at
    since = f"since {said(ended, tested.slot.zone, around.now)}"
    if page is Page.PRODUCTION_DEPLOYMENT:
        return (
            f"{_named(tested)} is being tested in Staging {since}. A Move to Production is "
            f"scheduled there, by {either(around.testers)}."
        )
    return (
        f"{_named(tested)} is in Staging {since}. {either(around.testers)}: test it, then schedule "
        "the Move to Production with Validate & Schedule Move to Production. Until then nothing "
        "more happens."
    )


_TOLD = frozenset({State.CANCELED, State.EXPIRED, State.FAILED})


def _how_it_ended(around: AtRest) -> str:
    move = around.previous
    if move is None or move.state not in _TOLD:
        return ""
    at = around.ended.at if around.ended else move.ended_at or move.submitted.at
    when = said(at, move.slot.zone, around.now)
    if move.state is State.CANCELED:
        did = "withdrawn" if move.cause is Cause.WITHDRAWN else "canceled"
        by = f" by {around.ended_by}" if around.ended_by else ""
        reason = f": {_ended_with_a_stop(move.cause_said)}" if move.cause_said else "."
        return f"{_named(move)} was {did}{by} on {when}{reason} "
    cause = _ended_with_a_stop(move.cause_said)
    if move.state is State.EXPIRED:
        return f"{_named(move)} expired on {when}: {cause} "
    return f"{_named(move)} failed on {when}: {cause} Its target is as it was. "


def _ended_with_a_stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


_NEXT: Mapping[Page, str] = MappingProxyType(
    {
        Page.MOVE_TO_STAGING: "Schedule a Move to Staging to begin.",
        Page.DOWN_ALIGNMENT: "Schedule a Down Align when Development should mirror Production.",
        Page.MOVE_TO_PRODUCTION: "A Move to Staging is scheduled in Development first.",
        Page.PRODUCTION_DEPLOYMENT: "A Move to Production is scheduled in Staging, after its test.",
    }
)


def _named(move: Move) -> str:
    return f"{move.kind.title} {move.id}"


def _since(
    move: Move, at: datetime | None, around: Around, before: str = " since", after: str = ""
) -> str:
    return "" if at is None else f"{before} {_time(move, at, around)}{after}"


def _time(move: Move, instant: datetime, around: Around) -> str:
    return said(instant, move.slot.zone, around.now)


def either(names: Sequence[str]) -> str:
    """Return names as people say them: *Ana*, *Ana or Ben*, *Ana, Ben or Cem*."""
    if not names:
        return "a Delegated Administrator"
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
