"""Tasks: what waits for somebody is what they may do, and leads to the page where it is done."""

from builders import a_move
from liftlock.domain.consoles import Deed
from liftlock.domain.environments import Kind
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.tasks import Deal, of_move


def test_a_proposal_waits_for_those_who_may_validate_it() -> None:
    [task] = of_move(a_move(), Kind.STAGING, frozenset({Deed.VALIDATE, Deed.CANCEL}))
    assert (task.deal, task.address) == (Deal.VALIDATE, "/staging/move-to-production")


def test_nothing_waits_for_those_who_may_only_take_it_back() -> None:
    assert list(of_move(a_move(), Kind.STAGING, frozenset({Deed.WITHDRAW}))) == []


def test_a_stale_validation_is_asked_for_again_with_what_changed() -> None:
    stale = a_move(state=State.VALIDATED, changed=("module crm went up",))
    [task] = of_move(stale, Kind.STAGING, frozenset({Deed.VALIDATE}))
    assert task.title.endswith("again")
    assert task.says == "module crm went up"
    never = a_move(changed=("module crm went up",))
    [task] = of_move(never, Kind.STAGING, frozenset({Deed.VALIDATE}))
    assert task.title == "Validate Move to Staging 7"


def test_a_move_that_nobody_can_validate_any_more_is_to_be_canceled() -> None:
    stale = a_move(MoveKind.MOVE_TO_PRODUCTION, changed=("the schema",))
    [task] = of_move(stale, Kind.PRODUCTION, frozenset({Deed.CANCEL}))
    assert task.deal is Deal.REPLACE


def test_an_errored_move_leads_to_its_own_page() -> None:
    errored = a_move(state=State.ERRORED)
    [task] = of_move(errored, Kind.STAGING, frozenset({Deed.RESOLVE}))
    assert (task.deal, task.address) == (Deal.RESOLVE, "/moves/7")
