"""Histories: pages of a list, with ways to newer and older ones; filters nobody knows refused."""

import pytest

from builders import NOON
from liftlock.domain.contents import Scope
from liftlock.domain.histories import Line, UnknownFilter, Wanted, page, wanted
from liftlock.domain.moves import MoveId
from liftlock.domain.statuses import MoveKind, State


def line(number: int) -> Line:
    return Line(
        id=MoveId(number),
        kind=MoveKind.MOVE_TO_STAGING,
        state=State.COMPLETED,
        is_stale=False,
        begins_at=NOON,
        begun_at=NOON,
        ended_at=NOON,
        cause=None,
        submitted_by="Ana",
        accepted_by="Ben",
        validated_by="Ben",
        modules=1,
        scope=Scope(systemdb_and_files=True, data=True),
    )


def lines(*numbers: int) -> list[Line]:
    return [line(number) for number in numbers]


def test_the_first_page_leads_to_older_moves_alone() -> None:
    found = page(lines(9, 8, 7), Wanted(), length=2)
    assert [each.id for each in found.lines] == [9, 8]
    assert (found.newer, found.older) == (None, 8)


def test_the_only_page_leads_nowhere() -> None:
    found = page(lines(2, 1), Wanted(), length=2)
    assert (found.newer, found.older) == (None, None)


def test_a_page_between_leads_both_ways() -> None:
    found = page(lines(7, 6, 5), Wanted(before=MoveId(8)), length=2)
    assert (found.newer, found.older) == (7, 6)


def test_the_last_page_leads_to_newer_moves_alone() -> None:
    found = page(lines(2, 1), Wanted(before=MoveId(3)), length=2)
    assert (found.newer, found.older) == (2, None)


def test_a_page_above_is_turned_and_keeps_those_nearest() -> None:
    found = page(lines(4, 5, 6), Wanted(after=MoveId(3)), length=2)
    assert [each.id for each in found.lines] == [5, 4]
    assert (found.newer, found.older) == (5, 4)


def test_the_page_above_that_is_the_first_leads_down_alone() -> None:
    found = page(lines(8, 9), Wanted(after=MoveId(7)), length=2)
    assert (found.newer, found.older) == (None, 8)


def test_an_empty_page_leads_nowhere() -> None:
    found = page([], Wanted(after=MoveId(7)), length=2)
    assert (found.lines, found.newer, found.older) == ((), None, None)


def test_an_empty_word_means_all() -> None:
    assert wanted("", "", None, None) == Wanted()
    assert wanted("undo", "failed", 3, None) == Wanted(
        kind=MoveKind.UNDO, state=State.FAILED, before=MoveId(3)
    )


@pytest.mark.parametrize(("kind", "state"), [("sideways", ""), ("", "asleep")])
def test_what_no_move_is_is_refused_by_name(kind: str, state: str) -> None:
    with pytest.raises(UnknownFilter, match=kind or state):
        _ = wanted(kind, state, None, None)
