"""How two versions of a policy differ: in meaning, named, and never quiet about real values."""

from liftlock.domain.policies import parse
from liftlock.domain.policy_differences import Difference, differences

OLD = parse(
    """
repository = "customers"
large_objects = "placeholder"

[tables."base.customers".columns]
name = { rule = "full_name" }
note = "keep"

[[scripts]]
name = "mail off"
sql = "UPDATE base.settings SET value = 'off'"
"""
)
NEW = parse(
    """
repository = "customers"
large_objects = "placeholder"

[tables."base.customers".columns]
name = "keep"
email = { rule = "email" }

[[scripts]]
name = "mail off"
sql = "UPDATE base.settings SET value = 'never'"
"""
)


def by_what(found: tuple[Difference, ...]) -> dict[str, Difference]:
    return {each.what: each for each in found}


def test_what_is_decided_otherwise_is_named_with_before_and_after() -> None:
    found = by_what(differences(OLD, NEW))
    assert set(found) == {
        "column base.customers.name",
        "column base.customers.email",
        "column base.customers.note",
        "script mail off",
    }
    assert (found["column base.customers.email"].was, found["column base.customers.email"].now) == (
        None,
        "email",
    )
    assert found["column base.customers.note"].now is None
    assert "never" in (found["script mail off"].now or "")


def test_a_mask_that_went_is_said_to_let_real_values_travel() -> None:
    found = by_what(differences(OLD, NEW))
    assert found["column base.customers.name"].reveals
    assert not found["column base.customers.email"].reveals
    assert not any(each.reveals for each in differences(None, OLD))


def test_the_same_in_meaning_differs_in_nothing() -> None:
    assert differences(OLD, OLD) == ()


def test_the_first_version_decides_everything_anew() -> None:
    assert all(each.was is None for each in differences(None, OLD))
    assert len(differences(None, OLD)) == 4


def test_another_order_of_globs_is_a_difference_since_the_first_match_counts() -> None:
    def policy(*globs: str) -> str:
        paths = "".join(f'[[paths]]\nglob = "{g}"\nhandling = "keep"\n' for g in globs)
        return f'repository = "files"\n{paths}'

    [found] = differences(parse(policy("a/**", "b/**")), parse(policy("b/**", "a/**")))
    assert (found.what, found.was, found.now) == ("order of paths", "a/**, b/**", "b/**, a/**")
