"""Histories: an organisation's moves as a list shows them, a page at a time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from liftlock.domain.contents import Scope
from liftlock.domain.moves import MoveId
from liftlock.domain.statuses import Cause, MoveKind, State, status_word
from liftlock.errors import Invalid

PAGE_LENGTH = 50


class UnknownFilter(Invalid):
    """A list is asked for what it does not know."""

    code = "history.unknown_filter"
    sentence = "There are no moves of {what} {given}. Choose one of the filters above the list."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One move in a list; people by name."""

    id: MoveId
    kind: MoveKind
    state: State
    is_stale: bool
    """It waits, and what it was proposed or validated with has changed."""
    begins_at: datetime
    """When its slot begins."""
    begun_at: datetime | None
    ended_at: datetime | None
    cause: Cause | None
    submitted_by: str
    accepted_by: str | None
    validated_by: str | None
    modules: int
    scope: Scope

    @property
    def status(self) -> str:
        """Return the status to the letter: *ProposedMoveToStaging*."""
        return status_word(self.kind, self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which moves a list is to show; a page lies below one move, or above another."""

    kind: MoveKind | None = None
    state: State | None = None
    is_over: bool = False
    """Whether what waits or runs is left out."""
    before: MoveId | None = None
    after: MoveId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One page of a list, latest first."""

    lines: tuple[Line, ...]
    newer: MoveId | None
    """The page of later moves lies above this one; None: this is the first page."""
    older: MoveId | None
    """The page of earlier moves lies below this one; None: this is the last page."""


def wanted(kind: str, state: str, before: int | None, after: int | None) -> Wanted:
    """Return what an address asks for; an empty word means all.

    Raises:
        UnknownFilter: it names no kind, or no state.
    """
    kinds = {each.value: each for each in MoveKind}
    states = {each.value: each for each in State}
    if kind and kind not in kinds:
        raise UnknownFilter(what="kind", given=kind)
    if state and state not in states:
        raise UnknownFilter(what="state", given=state)
    return Wanted(
        kind=kinds.get(kind),
        state=states.get(state),
        before=None if before is None else MoveId(before),
        after=None if after is None else MoveId(after),
    )


def page(found: Sequence[Line], asked: Wanted, length: int = PAGE_LENGTH) -> History:
    """Return a page of what was found, which is one line longer where there is more.

    `found` is latest first below `asked.before`, and earliest first above `asked.after`.
    """
    has_more = len(found) > length
    lines = tuple(found[:length])
    if asked.after is not None:
        lines = tuple(reversed(lines))
    upwards = asked.after is not None and has_more
    downwards = has_more if asked.after is None else True
    return History(
        lines=lines,
        newer=lines[0].id if lines and (upwards or asked.before is not None) else None,
        older=lines[-1].id if lines and downwards else None,
    )
