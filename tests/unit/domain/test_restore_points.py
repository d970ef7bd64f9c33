from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from builders import ACME, ENVIRONMENTS, NOON
from liftlock.domain.environments import Kind
from liftlock.domain.moves import MoveId
from liftlock.domain.restore_points import RestorePoint, RestorePointId, over_age

HOURS = st.lists(st.integers(0, 24 * 10), max_size=6, unique=True)


def points(kind: Kind, hours_ago: list[int]) -> list[RestorePoint]:
    return [
        RestorePoint(
            id=RestorePointId(number),
            organisation=ACME.id,
            environment=ENVIRONMENTS[kind].id,
            kind=kind,
            move=MoveId(number),
            size_bytes=0,
            taken_at=NOON - timedelta(hours=hours),
        )
        for number, hours in enumerate(hours_ago)
    ]


@given(st.sampled_from(list(Kind)), HOURS)
def test_the_newest_are_kept_for_seven_days_three_of_them_or_two_in_production(
    kind: Kind, hours_ago: list[int]
) -> None:
    kept_at_most = 2 if kind is Kind.PRODUCTION else 3
    all_points = points(kind, hours_ago)
    young = sorted(hours for hours in hours_ago if hours <= 7 * 24)
    kept = [p for p in all_points if p not in over_age(all_points, NOON)]
    assert sorted(hours_ago[p.id] for p in kept) == young[:kept_at_most]


@given(st.sampled_from(list(Kind)), HOURS)
def test_the_oldest_goes_first(kind: Kind, hours_ago: list[int]) -> None:
    dropped = over_age(points(kind, hours_ago), NOON)
    assert list(dropped) == sorted(dropped, key=lambda p: p.taken_at)
