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
from liftlock.domain.slots import predicted_end
from liftlock.domain.statuses import WAITING, MoveKind, State
from liftlock.domain.wall_times import said

_BY_ITSELF = "Nothing is missing: it begins by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else holds when a move is looked at."""

    now: datetime
    target: str
    """The name of the environment that it changes."""
    validators: tuple[str, ...] = ()
    """Who could validate it."""
    blocked_by: Move | None = None
    """Another move of the organisation that runs, or is errored and unresolved."""
    late_after: timedelta = LATE_AFTER
    frozen: tuple[str, ...] = ()
    """The reasons of the freezes that lie over its time and were not overridden."""
    step: str = ""
    """The step that runs, and how far: *install, 5 of 9*."""


def why(move: Move, around: Around) -> str:
    """Return what people read beside *Why is it not moving?*; empty for what is over."""
    if move.state is State.RUNNING:
        return _running(move, around)
    if move.state is State.ERRORED and move.resolved is None:
        return (
            f"{_named(move)} is errored: somebody must look at {around.target}. Until it is put "
            "back again or marked as repaired, no other move begins."
        )
    if move.state not in WAITING:
        return ""
    return f"{_waiting(move, around)}{_frozen(move, around)}"


def _waiting(move: Move, around: Around) -> str:
    if move.changed and move.kind is not MoveKind.DOWN_ALIGN:
        return _stale(move, around)
    return _proposed(move, around) if move.state is State.PROPOSED else _validated(move, around)


def _frozen(move: Move, around: Around) -> str:
    if not around.frozen:
        return ""
    return (
        f" A freeze lies over its time ({'; '.join(around.frozen)}): somebody of {around.target} "
        f"must override it or modify the date, else it expires on {move.slot.said(around.now)}."
    )


def _running(move: Move, around: Around) -> str:
    if move.stop_asked:
        return f"It was asked to stop: {around.target} is being put back as it was."
    step = f"It is at {around.step}. " if around.step else "It has begun. "
    if move.begun_at is None:
        return step.strip()
    ends = predicted_end(move.begun_at, move.slot.length, around.now)
    if is_over(move, around.now):
        step = f"{step}{over_said(move, around.now)} "
    return f"{step}It should end by {_time(move, ends, around)}."


def _stale(move: Move, around: Around) -> str:
    changed = "; ".join(move.changed)
    until = _time(move, move.slot.validation_ends, around)
    if move.kind is MoveKind.MOVE_TO_PRODUCTION:
        return (
            f"Staging was tested against another Production: {changed}. It cannot be validated "
            f"any more. Cancel it and schedule another Move to Staging; else it expires on {until}."
        )
    return (
        f"Its validation is stale: {changed}. It waits for {either(around.validators)} to validate "
        f"it again; otherwise it expires on {until}."
    )


def _proposed(move: Move, around: Around) -> str:
    if around.now >= move.slot.validation_ends:
        return "Nobody validated it in time: it expires within seconds, and its time is free again."
    since = move.date_modified.at if move.date_modified else move.submitted.at
    until = _time(move, move.slot.validation_ends, around)
    if not around.validators:
        return (
            f"It waits for a validation in {around.target}, and nobody but who proposed it could "
            "give one: appoint another Delegated Administrator there. "
            f"Otherwise it expires on {until}."
        )
    return (
        f"It waits for a validation in {around.target} by {either(around.validators)}, since "
        f"{_time(move, since, around)}. Without one it expires on {until} and its time is free "
        "again."
    )


def _validated(move: Move, around: Around) -> str:
    if around.now < move.slot.interval.begin:
        missing = "It is validated and would begin" if around.frozen else _BY_ITSELF
        begins = f"{missing} on {move.slot.said(around.now)}"
        return f"{begins}{_unless(around.blocked_by)}."
    expires = _time(move, counts_from(move) + around.late_after, around)
    if around.blocked_by is None:
        return f"A worker begins it within seconds. If none does, it expires on {expires}."
    return f"{_named(around.blocked_by)} {_in_the_way(around.blocked_by, around, expires)}"


def _unless(blocked_by: Move | None) -> str:
    if blocked_by is None or blocked_by.state is State.RUNNING:
        return ""
    return f", if {_named(blocked_by)}, which is errored, is resolved until then"


def _in_the_way(blocked_by: Move, around: Around, expires: str) -> str:
    if blocked_by.state is State.RUNNING and blocked_by.begun_at is not None:
        ends = predicted_end(blocked_by.begun_at, blocked_by.slot.length, around.now)
        minutes = around.late_after // timedelta(minutes=1)
        return (
            f"is still running and should end by {_time(blocked_by, ends, around)}. This one "
            f"begins after it; if it cannot within {minutes} minutes, it expires."
        )
    return f"is errored: a person must resolve it first. Otherwise this one expires on {expires}."


def at_rest(page: Page, *, tested: Move | None, previous: Move | None) -> str:
    """Return what people read on a page when nothing that it is about is planned.

    `tested` is the completed Move to Staging that could go on to Production, `previous` the last
    move that the page is about.
    """
    if page is Page.MOVE_TO_PRODUCTION and tested is not None:
        return (
            f"{_named(tested)} is in Staging. Test it, then schedule the Move to Production with "
            "Validate & Schedule Move to Production."
        )
    if page is Page.PRODUCTION_DEPLOYMENT and tested is not None:
        return (
            f"{_named(tested)} is being tested in Staging. A Move to Production is scheduled there."
        )
    if previous is not None and previous.state is State.EXPIRED:
        return f"{_named(previous)} expired: {previous.cause_said} {_NEXT[page]}"
    return f"Nothing is planned. {_NEXT[page]}"


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


def _time(move: Move, instant: datetime, around: Around) -> str:
    return said(instant, move.slot.zone, around.now)


def either(names: Sequence[str]) -> str:
    """Return names as people say them: *Ana*, *Ana or Ben*, *Ana, Ben or Cem*."""
    if not names:
        return "a Delegated Administrator"
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
