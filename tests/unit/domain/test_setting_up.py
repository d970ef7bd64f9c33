"""Rules that hold when organisations and environments are set up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ACME, ANA, NOON, STAGING, a_package, a_slot
from liftlock.domain.environments import (
    DataPolicy,
    DataPolicyMissing,
    Kind,
    ProductionHasNoDataPolicy,
    ReplicaForDevelopment,
    require_data_policy,
)
from liftlock.domain.organisations import FourEyesNeedsTwo, require_four_eyes_possible
from liftlock.domain.slots import Hold, HoldNotFound, SlotId
from liftlock.domain.statuses import MoveKind
from liftlock.errors import LiftlockError


@pytest.mark.parametrize(
    ("kind", "policy", "refusal"),
    [
        (Kind.DEVELOPMENT, DataPolicy.ANONYMIZED, None),
        (Kind.DEVELOPMENT, DataPolicy.REPLICA, ReplicaForDevelopment),
        (Kind.DEVELOPMENT, None, DataPolicyMissing),
        (Kind.STAGING, DataPolicy.ANONYMIZED, None),
        (Kind.STAGING, DataPolicy.REPLICA, None),
        (Kind.STAGING, None, DataPolicyMissing),
        (Kind.PRODUCTION, None, None),
        (Kind.PRODUCTION, DataPolicy.ANONYMIZED, ProductionHasNoDataPolicy),
    ],
)
def test_a_data_policy_is_written_out_and_development_never_holds_real_values(
    kind: Kind, policy: DataPolicy | None, refusal: type[LiftlockError] | None
) -> None:
    if refusal is None:
        require_data_policy(kind, policy)
    else:
        with pytest.raises(refusal):
            require_data_policy(kind, policy)


@given(st.dictionaries(st.sampled_from(["Staging", "Production"]), st.integers(0, 4)))
def test_four_eyes_is_on_only_where_two_people_could_validate(validators: dict[str, int]) -> None:
    lacking = [title for title, count in validators.items() if count < 2]
    require_four_eyes_possible(replace(ACME, four_eyes=False), validators)
    if not lacking:
        require_four_eyes_possible(ACME, validators)
        return
    with pytest.raises(FourEyesNeedsTwo) as caught:
        require_four_eyes_possible(ACME, validators)
    assert caught.value.fields["lacking"] == lacking


def test_a_hold_is_over_at_its_end() -> None:
    hold = Hold(
        id=SlotId(1),
        organisation=ACME.id,
        environment=STAGING.id,
        by=ANA,
        kind=MoveKind.MOVE_TO_STAGING,
        slot=a_slot(),
        until=NOON,
    )
    hold.require_live(NOON - timedelta(seconds=1))
    with pytest.raises(HoldNotFound, match="a hold lasts 30 minutes"):
        hold.require_live(NOON)


def test_a_package_becomes_what_an_environment_reports() -> None:
    package = a_package("crm", "2.0")
    assert package.installed.digest == package.digest
