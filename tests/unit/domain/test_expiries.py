"""When a booked move is looked at before it would expire, and what would let it expire."""

from datetime import timedelta

import pytest

from builders import BEN, NOON, a_move, a_slot
from liftlock.domain.expiries import is_near, needs_a_look_at_production, will_expire
from liftlock.domain.people import Signature
from liftlock.domain.statuses import MoveKind, State

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_an_hour_before_its_slot_a_proposal_is_looked_at() -> None:
    assert not is_near(a_move(), NOON - HOUR - MINUTE)
    assert is_near(a_move(), NOON - HOUR)


def test_one_booked_as_soon_as_possible_is_looked_at_half_way() -> None:
    move = a_move(slot=a_slot(soon=True), submitted=Signature(by=BEN, at=NOON))
    assert not is_near(move, NOON + 14 * MINUTE)
    assert is_near(move, NOON + 15 * MINUTE)


def test_a_date_modified_late_counts_from_then() -> None:
    move = a_move(date_modified=Signature(by=BEN, at=NOON - HOUR))
    assert not is_near(move, NOON - 31 * MINUTE)
    assert is_near(move, NOON - 30 * MINUTE)


@pytest.mark.parametrize(
    ("kind", "state", "looks"),
    [
        (MoveKind.MOVE_TO_STAGING, State.PROPOSED, False),
        (MoveKind.MOVE_TO_STAGING, State.VALIDATED, True),
        (MoveKind.MOVE_TO_PRODUCTION, State.VALIDATED, True),
        (MoveKind.DOWN_ALIGN, State.VALIDATED, False),
    ],
)
def test_only_a_validation_can_become_stale_unseen(
    kind: MoveKind, state: State, *, looks: bool
) -> None:
    assert needs_a_look_at_production(a_move(kind, state)) == looks


def test_what_is_missing_lets_it_expire() -> None:
    ready = a_move(state=State.VALIDATED)
    stale = a_move(state=State.VALIDATED, changed=("module hotfix",))
    down = a_move(MoveKind.DOWN_ALIGN, State.VALIDATED, changed=("module hotfix",))
    assert will_expire(a_move(), is_frozen=False)
    assert will_expire(stale, is_frozen=False)
    assert will_expire(ready, is_frozen=True)
    assert not will_expire(ready, is_frozen=False)
    assert not will_expire(down, is_frozen=False)
    assert not will_expire(a_move(state=State.RUNNING), is_frozen=True)
