from contextlib import nullcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from builders import a_package, installed
from liftlock.domain.modules import Installed, ModuleCode, Package, UnreadableVersion
from liftlock.domain.selections import (
    CircularDependency,
    EmptySelection,
    MissingRequirement,
    NeededByAnother,
    NotReallyRun,
    UnknownModule,
    VersionGoesDown,
    WouldBreakAnother,
    candidates,
    in_install_order,
    require_really_run,
    select,
)
from liftlock.errors import LiftlockError

CRM, BASE, PAY = ModuleCode("crm"), ModuleCode("base"), ModuleCode("pay")
REFUSED = pytest.raises(LiftlockError)
RANGES = ["", ">=1", ">=2", "<2", "==1.*", "~=1.0", "!=1.1"]
VERSIONS = ["1.0", "1.1", "2.0", "2.1rc1"]


@st.composite
def package_sets(draw: st.DrawFn) -> list[Package]:
    codes = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6))
    return [
        a_package(
            code,
            draw(st.sampled_from(VERSIONS)),
            requires=draw(
                st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(RANGES), max_size=2)
            ),
        )
        for code in codes
    ]


PRODUCTIONS = st.lists(
    st.builds(installed, st.sampled_from("abcdef"), st.sampled_from(VERSIONS)),
    unique_by=lambda m: m.code,
)


def fits_production(
    offered: list[Package], production: list[Installed], cleared: set[ModuleCode]
) -> bool:
    """Say what `select` should say, in another way: by trying to install one after another."""
    selected = [p for p in offered if p.code not in cleared]
    there = {m.code: Version(m.version) for m in production}
    goes_down = any(Version(p.version) < there.get(p.code, Version("0")) for p in selected)
    afterwards = there | {p.code: Version(p.version) for p in selected}
    met = all(
        code in afterwards and SpecifierSet(wanted, prereleases=True).contains(afterwards[code])
        for p in selected
        for code, wanted in p.requires.items()
    )
    known = cleared <= {p.code for p in offered}
    return bool(selected) and known and met and not goes_down and not is_circular(selected)


def is_circular(selected: list[Package]) -> bool:
    left = {p.code: set(p.requires) for p in selected}
    while free := [code for code, needs in left.items() if not needs & left.keys()]:
        for code in free:
            del left[code]
    return bool(left)


@given(package_sets(), PRODUCTIONS, st.data())
def test_a_selection_is_taken_exactly_when_production_could_take_it(
    offered: list[Package], production: list[Installed], data: st.DataObject
) -> None:
    codes = [p.code for p in offered] + [ModuleCode("unknown")]
    cleared = data.draw(st.sets(st.sampled_from(codes), max_size=2))
    refused = nullcontext() if fits_production(offered, production, cleared) else REFUSED
    with refused:
        selected = select(offered, production, cleared)
        assert {p.code for p in selected} == {p.code for p in offered} - cleared
        for place, package in enumerate(selected):
            assert not {p.code for p in selected[place:]} & package.requires.keys()


@given(package_sets())
def test_the_order_of_installing_does_not_depend_on_the_order_of_choosing(
    offered: list[Package],
) -> None:
    if is_circular(offered):
        with pytest.raises(CircularDependency):
            in_install_order(offered[::-1])
    else:
        assert in_install_order(offered[::-1]) == in_install_order(offered)


def test_all_are_selected_at_first_in_the_order_of_installing() -> None:
    crm = a_package("crm", requires={"base": ">=1"})
    base = a_package("base", requires={"zeta": ""})
    zeta = a_package("zeta")
    assert select([base, crm, zeta], []) == (zeta, base, crm)


def test_a_requirement_may_be_met_by_production() -> None:
    crm = a_package("crm", requires={"base": ">=1,<2"})
    assert select([crm], [installed("base", "1.5")]) == (crm,)


def test_every_missing_requirement_is_listed_at_once() -> None:
    crm = a_package("crm", "2.0", requires={"base": ">=2", "pay": ">=1"})
    with pytest.raises(MissingRequirement) as caught:
        select([crm], [installed("base", "1.0")])
    assert caught.value.fields["missing"] == [
        "crm 2.0 needs base >=2, 1.0 would be there",
        "crm 2.0 needs pay >=1, it would not be there",
    ]


def test_clearing_what_another_selected_one_needs_is_refused_with_its_name() -> None:
    offered = [a_package("crm", requires={"base": ">=2"}), a_package("base", "2.0")]
    with pytest.raises(NeededByAnother, match=r"Module base cannot be cleared: crm 1\.0 needs it"):
        select(offered, [installed("base", "1.0")], {BASE})


def test_clearing_what_production_has_well_enough_is_allowed() -> None:
    offered = [a_package("crm", requires={"base": ">=1"}), a_package("base", "2.0")]
    assert [p.code for p in select(offered, [installed("base", "1.0")], {BASE})] == [CRM]


def test_nothing_selected_is_refused() -> None:
    with pytest.raises(EmptySelection):
        select([a_package("crm")], [], {CRM})
    with pytest.raises(EmptySelection):
        select([], [installed("crm")])


def test_clearing_an_unknown_module_is_refused_and_names_the_known() -> None:
    with pytest.raises(UnknownModule, match=r"no module pay to choose.*: base, crm\."):
        select([a_package("crm"), a_package("base")], [], {PAY})


def test_a_version_that_would_go_down_is_refused_until_it_is_cleared() -> None:
    offered = [a_package("crm", "1.9"), a_package("pay")]
    production = [installed("crm", "1.10")]
    with pytest.raises(VersionGoesDown, match=r"crm would go down from 1\.10 to 1\.9"):
        select(offered, production)
    assert [p.code for p in select(offered, production, {CRM})] == [PAY]


def test_another_build_of_the_same_version_may_be_moved() -> None:
    rebuilt = a_package("crm", "1.0", build="b")
    assert select([rebuilt], [installed("crm", "1.0")]) == (rebuilt,)


def test_a_circle_is_named_each_needing_the_next() -> None:
    offered = [
        a_package("a", requires={"b": ""}),
        a_package("b", requires={"c": ""}),
        a_package("c", requires={"a": ""}),
        a_package("d"),
    ]
    with pytest.raises(CircularDependency) as caught:
        select(offered, [])
    circle = str(caught.value.fields["circle"]).split(" → ")
    needs = {p.code: set(p.requires) for p in offered}
    assert circle[0] == circle[-1]
    assert all(b in needs[ModuleCode(a)] for a, b in pairwise(circle))


def test_a_module_that_requires_itself_is_a_circle() -> None:
    with pytest.raises(CircularDependency, match="crm → crm"):
        select([a_package("crm", requires={"crm": ""})], [])


def test_a_module_that_stays_is_not_left_with_what_it_cannot_use() -> None:
    pay = a_package("pay", requires={"base": "<2"})
    with pytest.raises(WouldBreakAnother, match=r"pay 1\.0 needs base <2, 2\.0 would be there"):
        select([a_package("base", "2.0")], [pay.installed, installed("base")], staying=[pay])


def test_a_module_that_is_replaced_breaks_nothing() -> None:
    old = a_package("pay", requires={"base": "<2"})
    offered = [a_package("base", "2.0"), a_package("pay", "2.0", requires={"base": ">=2"})]
    selected = select(offered, [old.installed, installed("base")], staying=[old])
    assert [p.code for p in selected] == [BASE, PAY]


def test_what_was_broken_in_production_before_does_not_stop_a_move() -> None:
    odd = a_package("odd", requires={"lost": ""})
    assert select([a_package("crm")], [odd.installed], staying=[odd])


def test_a_pre_release_meets_a_range_because_it_is_what_is_really_there() -> None:
    crm = a_package("crm", requires={"base": ">=2"})
    assert select([crm], [installed("base", "2.1rc1")])


def test_a_range_that_cannot_be_read_is_named() -> None:
    crm = a_package("crm", requires={"base": "two or so"})
    with pytest.raises(UnreadableVersion, match="Module crm: two or so is not"):
        select([crm], [installed("base")])


def test_candidates_are_what_development_runs_and_production_does_not() -> None:
    crm, base = a_package("crm", "2.0"), a_package("base")
    packages = {p.digest: p for p in (crm, base)}
    development = [crm.installed, base.installed]
    production = [installed("crm", "1.0"), base.installed, installed("stays")]
    assert candidates(development, production, packages) == (crm,)


def test_what_development_reports_and_the_store_does_not_hold_is_refused() -> None:
    with pytest.raises(NotReallyRun, match="the module store does not hold"):
        candidates([installed("crm")], [], {})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "it has no such module"),
        ([installed("crm", "1.0")], r"it has 1\.0\."),
        ([installed("crm", "2.0", "b")], r"it has another build of 2\.0"),
    ],
)
def test_a_package_that_development_does_not_run_is_refused(
    found: list[Installed], said: str
) -> None:
    with pytest.raises(NotReallyRun, match=said):
        require_really_run([installed("crm", "2.0")], found)


def test_what_development_runs_passes() -> None:
    require_really_run([installed("crm", "2.0")], [installed("crm", "2.0"), installed("base")])
