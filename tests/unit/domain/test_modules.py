import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from builders import installed
from liftlock.domain.modules import (
    Difference,
    Installed,
    UnreadableVersion,
    after,
    by_code,
    changes,
    drift,
    staging_loses,
)

VERSIONS = ["1.0", "1.0.0", "1.1", "1.10", "2.0rc1", "2.0", "2.0.post1"]
SETS = st.lists(
    st.builds(
        installed,
        st.sampled_from("abcde"),
        st.sampled_from(VERSIONS),
        st.sampled_from("xy"),
    ),
    unique_by=lambda m: m.code,
).map(tuple[Installed, ...])


@given(SETS, SETS)
def test_a_change_is_named_by_what_happens_to_production(
    development: tuple[Installed, ...], production: tuple[Installed, ...]
) -> None:
    found = {c.code: c.difference for c in changes(development, production)}
    below, above = by_code(development), by_code(production)
    assert set(found) == {m.code for m in set(development) ^ set(production)}
    for code, difference in found.items():
        match difference:
            case Difference.NEW:
                assert code not in above
            case Difference.STAYS:
                assert code not in below
            case Difference.UP:
                assert Version(below[code].version) > Version(above[code].version)
            case Difference.DOWN:
                assert Version(below[code].version) < Version(above[code].version)
            case Difference.REBUILT:
                assert Version(below[code].version) == Version(above[code].version)
                assert below[code].digest != above[code].digest


def test_versions_are_compared_as_numbers() -> None:
    (change,) = changes([installed("crm", "1.10")], [installed("crm", "1.9")])
    assert change.difference is Difference.UP


def test_a_version_that_is_none_is_named() -> None:
    with pytest.raises(UnreadableVersion, match="Module crm: latest is not a version"):
        changes([installed("crm", "latest")], [installed("crm", "1.0")])


@given(SETS, SETS)
def test_after_a_move_each_package_is_there_and_the_rest_as_in_production(
    production: tuple[Installed, ...], packages: tuple[Installed, ...]
) -> None:
    result = after(production, packages)
    moved = {m.code for m in packages}
    assert set(packages) <= set(result)
    assert {m for m in result if m.code not in moved} == {
        m for m in production if m.code not in moved
    }
    assert list(result) == sorted(result)


@given(SETS, SETS, SETS)
def test_staging_loses_exactly_what_it_has_and_will_not_have_in_any_version(
    staging: tuple[Installed, ...],
    production: tuple[Installed, ...],
    selected: tuple[Installed, ...],
) -> None:
    lost = staging_loses(staging, production, selected)
    result = after(production, selected)
    assert set(lost) <= set(staging) - set(result)
    assert not {m.code for m in lost} & {m.code for m in selected}
    assert {m for m in set(staging) - set(result) if m.code not in by_code(selected)} == set(lost)


def test_staging_loses_a_module_left_there_and_not_selected() -> None:
    staging = (installed("crm", "2.0"), installed("hr", "1.0"))
    production = (installed("crm", "1.0"), installed("hr", "1.0"))
    assert staging_loses(staging, production, (installed("pay"),)) == (installed("crm", "2.0"),)


@given(SETS, SETS)
def test_drift_is_said_once_for_each_module_that_differs(
    expected: tuple[Installed, ...], found: tuple[Installed, ...]
) -> None:
    differing = {m.code for m in set(expected) ^ set(found)}
    said = drift(expected, found)
    assert [text.split()[0] for text in said] == sorted(differing)
    assert drift(expected, expected[::-1]) == ()


def test_drift_is_said_by_name() -> None:
    expected = (installed("a", "2.0"), installed("b"), installed("c"))
    found = (installed("a", "1.0"), installed("b", build="b"), installed("d"))
    assert drift(expected, found) == (
        "a is 1.0 instead of 2.0",
        "b 1.0 is another build",
        "c 1.0 is missing",
        "d 1.0 should not be there",
    )
