"""The four self-service pages: their addresses, what they are about, what may be done from them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import BEN, NOON, a_move
from liftlock.domain.consoles import (
    PAGES,
    AlreadyStopping,
    ConsolePageNotFound,
    Deed,
    Page,
    deeds_possible,
    mark,
    move_to_test,
    page_at,
    page_of,
    scheduling_page,
    shows,
    why_not,
)
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
from liftlock.domain.people import Signature
from liftlock.domain.statuses import MoveKind, State
from liftlock.errors import LiftlockError

BY_BEN = Signature(by=BEN, at=NOON)


def test_the_navigation_is_the_one_of_the_procedure() -> None:
    found = [(page.console.title, page.title, page.address) for p in PAGES.values() for page in p]
    assert found == [
        ("Development", "Move to Staging", "/development/move-to-staging"),
        ("Development", "Down Alignment", "/development/down-alignment"),
        ("Staging", "Move to Production", "/staging/move-to-production"),
        ("Production", "Production Deployment", "/production/production-deployment"),
    ]


def test_every_page_is_found_by_its_address_and_no_other() -> None:
    for kind, pages in PAGES.items():
        for page in Page:
            if page in pages:
                assert page_at(kind, page.value) is page
            else:
                with pytest.raises(ConsolePageNotFound):
                    _ = page_at(kind, page.value)


@pytest.mark.parametrize(
    ("kind", "scheduled", "validated"),
    [
        (MoveKind.MOVE_TO_STAGING, Page.MOVE_TO_STAGING, Page.MOVE_TO_PRODUCTION),
        (MoveKind.MOVE_TO_PRODUCTION, Page.MOVE_TO_PRODUCTION, Page.PRODUCTION_DEPLOYMENT),
        (MoveKind.DOWN_ALIGN, Page.DOWN_ALIGNMENT, Page.DOWN_ALIGNMENT),
    ],
)
def test_a_move_is_scheduled_on_one_page_and_validated_on_another(
    kind: MoveKind, scheduled: Page, validated: Page
) -> None:
    target = {MoveKind.MOVE_TO_STAGING: Kind.STAGING, MoveKind.DOWN_ALIGN: Kind.DEVELOPMENT}
    assert scheduling_page(kind) is scheduled
    assert page_of(kind, target.get(kind, Kind.PRODUCTION)) is validated
    assert all(shows(page, kind, Kind.STAGING) for page in {scheduled, validated})


@pytest.mark.parametrize("target", Kind)
def test_an_undo_is_shown_in_the_console_of_what_it_undoes(target: Kind) -> None:
    shown = [page for page in Page if shows(page, MoveKind.UNDO, target)]
    assert [page.console for page in shown] == [target]
    assert page_of(MoveKind.UNDO, target) is shown[0]


def test_a_waiting_proposal_can_be_validated_modified_canceled_and_withdrawn() -> None:
    assert deeds_possible(a_move(), opened=False) == {
        Deed.VALIDATE, Deed.MODIFY, Deed.CANCEL, Deed.WITHDRAW,
    }  # fmt: skip


def test_what_is_validated_is_validated_again_only_when_it_is_stale() -> None:
    validated = a_move(state=State.VALIDATED)
    assert Deed.VALIDATE not in deeds_possible(validated, opened=False)
    stale = replace(validated, changed=("module crm is new in Production",))
    assert Deed.VALIDATE in deeds_possible(stale, opened=False)


def test_nobody_validates_what_was_tested_against_another_production() -> None:
    move = a_move(MoveKind.MOVE_TO_PRODUCTION, changed=("the schema has changed",))
    assert deeds_possible(move, opened=False) == {Deed.MODIFY, Deed.CANCEL, Deed.WITHDRAW}


def test_a_down_align_has_no_date_to_modify_and_nothing_to_validate() -> None:
    move = a_move(MoveKind.DOWN_ALIGN, State.VALIDATED, changed=("anything",))
    assert deeds_possible(move, opened=False) == {Deed.WITHDRAW}


def test_a_page_is_out_of_date_once_something_on_it_has_changed() -> None:
    waits = a_move()
    drawn = mark((waits,), (), "", ())
    assert drawn == mark((waits,), (), "", ())
    others = {
        drawn,
        mark((replace(waits, state=State.VALIDATED),), (), "", ()),
        mark((replace(waits, stop_asked=BY_BEN),), (), "", ()),
        mark((replace(waits, changed=("a module is new",)),), (), "", ()),
        mark((waits,), (a_move(state=State.COMPLETED),), "", ()),
        mark((waits,), (), "Install, 5 of 9", ()),
        mark((), (), "", ()),
    }
    assert len(others) == 7


def test_a_freeze_over_its_time_can_be_overridden() -> None:
    assert Deed.OVERRIDE in deeds_possible(a_move(), opened=False, frozen=True)


def test_a_running_move_is_stopped_once_and_until_it_is_opened() -> None:
    running = a_move(state=State.RUNNING)
    assert deeds_possible(running, opened=False) == {Deed.STOP}
    assert not deeds_possible(running, opened=True)
    assert not deeds_possible(replace(running, stop_asked=BY_BEN), opened=False)


def test_only_an_errored_move_is_resolved_and_once() -> None:
    errored = a_move(state=State.ERRORED)
    assert deeds_possible(errored, opened=False) == {Deed.RESOLVE}
    assert not deeds_possible(errored, opened=False, resolving=True)
    assert not deeds_possible(replace(errored, resolved=BY_BEN), opened=False)
    assert not deeds_possible(a_move(state=State.COMPLETED), opened=False)


@pytest.mark.parametrize(
    ("state", "deed", "refusal"),
    [
        (State.RUNNING, Deed.CANCEL, MoveHasBegun),
        (State.COMPLETED, Deed.VALIDATE, MoveIsOver),
        (State.PROPOSED, Deed.STOP, NotRunning),
        (State.RUNNING, Deed.STOP, AlreadyOpened),
        (State.COMPLETED, Deed.RESOLVE, NotErrored),
        (State.ERRORED, Deed.RESOLVE, AlreadyResolved),
        (State.PROPOSED, Deed.OVERRIDE, NothingToOverride),
    ],
)
def test_what_cannot_be_done_is_refused_by_what_the_move_is(
    state: State, deed: Deed, refusal: type[LiftlockError]
) -> None:
    assert isinstance(why_not(a_move(state=state), deed), refusal)


def test_the_date_of_a_down_align_is_fixed() -> None:
    move = a_move(MoveKind.DOWN_ALIGN, State.VALIDATED)
    assert isinstance(why_not(move, Deed.MODIFY), DateIsFixed)


def test_whoever_stops_twice_is_told_so() -> None:
    stopping = a_move(state=State.RUNNING, stop_asked=BY_BEN)
    assert isinstance(why_not(stopping, Deed.STOP), AlreadyStopping)


def test_what_is_in_staging_is_to_be_tested_until_it_is_in_production() -> None:
    brought = a_move(state=State.COMPLETED, ended_at=NOON)
    carried = a_move(MoveKind.MOVE_TO_PRODUCTION, State.COMPLETED, ended_at=NOON)
    completed = {brought.kind: brought}
    assert move_to_test({}, ()) is None
    assert move_to_test(completed, ()) is brought
    later = replace(carried, ended_at=NOON + timedelta(hours=1))
    assert move_to_test(completed | {later.kind: later}, ()) is None
    earlier = replace(carried, ended_at=NOON - timedelta(hours=1))
    assert move_to_test(completed | {earlier.kind: earlier}, ()) is brought


def test_the_next_proposal_does_not_keep_anybody_from_going_on_with_what_was_tested() -> None:
    brought = a_move(state=State.COMPLETED, ended_at=NOON)
    completed = {brought.kind: brought}
    assert move_to_test(completed, [a_move()]) is brought
    assert move_to_test(completed, [a_move(state=State.RUNNING)]) is None
    assert move_to_test(completed, [a_move(MoveKind.MOVE_TO_PRODUCTION)]) is None
