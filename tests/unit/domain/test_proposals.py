import pytest

from builders import ANA, NOON, STAGING, a_baseline, a_move, a_slot, installed
from liftlock.domain.contents import Content, Scope
from liftlock.domain.environments import Kind
from liftlock.domain.move_refusals import StagingTestedAgainstAnotherProduction
from liftlock.domain.moves import FIXED_SCOPE, SCHEDULED_FROM, TARGET, Move, MoveId
from liftlock.domain.people import Signature
from liftlock.domain.proposals import (
    NothingTested,
    NothingToAlign,
    ProductionHasAlready,
    ProductionIsNoTarget,
    ScopesGoTogether,
    StagingDrifted,
    down_align_scope,
    exact_set,
    propose,
    require_alignable,
)
from liftlock.domain.statuses import MoveKind, State

BASE, CRM, OLD_CRM = installed("base"), installed("crm", "2.0"), installed("crm", "1.0")
ALIGNED_TO = a_baseline(BASE, OLD_CRM, orders="1")
BOTH = Scope(systemdb_and_files=True, data=True)
TESTED = a_move(
    state=State.COMPLETED, content=Content(packages=(CRM,), scope=BOTH, baseline=ALIGNED_TO)
)


def proposed(kind: MoveKind) -> Move:
    return propose(
        id=MoveId(1),
        organisation=STAGING.organisation,
        kind=kind,
        source=STAGING.id,
        target=STAGING.id,
        slot=a_slot(),
        content=TESTED.content,
        submitted=Signature(by=ANA, at=NOON),
        tested_note=" all green ",
    )


def test_a_move_to_production_is_accepted_from_the_start_by_who_vouched_for_the_test() -> None:
    move = proposed(MoveKind.MOVE_TO_PRODUCTION)
    assert move.accepted == move.submitted
    assert (move.status, move.tested_note) == ("ProposedMoveToProduction", "all green")


def test_a_move_to_staging_is_accepted_by_nobody_yet() -> None:
    move = proposed(MoveKind.MOVE_TO_STAGING)
    assert (move.status, move.accepted) == ("ProposedMoveToStaging", None)


def test_a_down_align_waits_for_nobody() -> None:
    assert proposed(MoveKind.DOWN_ALIGN).status == "Scheduled"


def test_a_move_to_production_carries_exactly_what_was_moved_to_staging() -> None:
    assert exact_set(TESTED, (BASE, CRM), ALIGNED_TO) == (CRM,)


def test_without_a_completed_move_to_staging_there_is_nothing_to_take() -> None:
    with pytest.raises(NothingTested):
        exact_set(None, (), ALIGNED_TO)


def test_a_staging_that_drifted_is_refused_and_says_what_differs() -> None:
    found = (BASE, OLD_CRM, installed("spy"))
    with pytest.raises(StagingDrifted) as caught:
        exact_set(TESTED, found, ALIGNED_TO)
    assert caught.value.fields["differences"] == [
        "crm is 1.0 instead of 2.0",
        "spy 1.0 should not be there",
    ]


@pytest.mark.parametrize(
    "present",
    [a_baseline(BASE, OLD_CRM, orders="2"), a_baseline(BASE, OLD_CRM, installed("x"), orders="1")],
)
def test_a_production_other_than_the_one_that_staging_was_aligned_to_is_refused(
    present: object,
) -> None:
    with pytest.raises(StagingTestedAgainstAnotherProduction, match="another Production"):
        exact_set(TESTED, (BASE, CRM), present)  # pyright: ignore[reportArgumentType]


def test_a_set_that_production_has_already_is_refused_as_that() -> None:
    present = a_baseline(BASE, CRM, orders="2")
    with pytest.raises(ProductionHasAlready, match=r"already: crm 2\.0"):
        exact_set(TESTED, (BASE, CRM), present)


def test_a_down_align_without_any_scope_is_refused() -> None:
    with pytest.raises(NothingToAlign):
        down_align_scope(systemdb_and_files=False, data=False)


@pytest.mark.parametrize(("systemdb", "data"), [(True, False), (False, True)])
def test_one_scope_alone_is_refused_where_one_database_has_both_roles(
    *, systemdb: bool, data: bool
) -> None:
    with pytest.raises(ScopesGoTogether, match=r"in one database \(erp\)"):
        down_align_scope(systemdb_and_files=systemdb, data=data, shared_database="erp")
    assert down_align_scope(systemdb_and_files=systemdb, data=data).data == data


def test_both_scopes_are_taken_where_one_database_has_both_roles() -> None:
    both = down_align_scope(systemdb_and_files=True, data=True, shared_database="erp")
    assert both == BOTH == FIXED_SCOPE[MoveKind.MOVE_TO_STAGING]


def test_production_is_never_aligned() -> None:
    with pytest.raises(ProductionIsNoTarget):
        require_alignable(Kind.PRODUCTION)
    for kind in (Kind.STAGING, Kind.DEVELOPMENT):
        require_alignable(kind)
    aligning = [k for k, scope in FIXED_SCOPE.items() if scope.data] + [MoveKind.DOWN_ALIGN]
    assert Kind.PRODUCTION not in {TARGET[kind] for kind in aligning}


def test_each_move_is_scheduled_one_environment_below_its_target_or_in_it() -> None:
    order = list(Kind)
    steps = {k: order.index(TARGET[k]) - order.index(SCHEDULED_FROM[k]) for k in TARGET}
    assert steps == {
        MoveKind.MOVE_TO_STAGING: 1,
        MoveKind.MOVE_TO_PRODUCTION: 1,
        MoveKind.DOWN_ALIGN: 0,
    }
