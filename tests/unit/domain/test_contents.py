from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, a_baseline, a_slot, installed
from liftlock.domain.contents import Baseline, Content, Scope, content_digest, what_changed
from liftlock.domain.modules import Installed
from liftlock.domain.slots import Interval, Slot

BOTH = Scope(systemdb_and_files=True, data=True)
CODES = ["a", "b", "c"]
MODULES = st.lists(
    st.builds(
        installed, st.sampled_from(CODES), st.sampled_from(["1.0", "2.0"]), st.sampled_from("xy")
    ),
    unique_by=lambda m: m.code,
).map(tuple[Installed, ...])
SCHEMAS = st.dictionaries(st.sampled_from(["orders", "systemdb"]), st.sampled_from(["1", "2"]))


def baseline_of(modules: tuple[Installed, ...], schema: dict[str, str]) -> Baseline:
    return Baseline(modules=modules, schema=tuple(sorted(schema.items())))


BASELINES = st.builds(baseline_of, MODULES, SCHEMAS)
SCOPES = st.builds(Scope, systemdb_and_files=st.booleans(), data=st.booleans())
CONTENTS = st.builds(Content, packages=MODULES, scope=SCOPES, baseline=BASELINES)
SLOTS = st.integers(0, 3).map(lambda n: a_slot(NOON + timedelta(minutes=5 * n)))


def meaning(content: Content) -> object:
    base = content.baseline
    return (frozenset(content.packages), content.scope, frozenset(base.modules), base.schema)


@given(CONTENTS, CONTENTS, SLOTS, SLOTS)
def test_two_digests_are_equal_exactly_when_the_meaning_is(
    one: Content, other: Content, slot: Slot, another: Slot
) -> None:
    same = meaning(one) == meaning(other) and slot == another
    assert (content_digest(one, slot) == content_digest(other, another)) == same


@given(CONTENTS, SLOTS)
def test_order_and_the_zone_of_an_instant_do_not_count(content: Content, slot: Slot) -> None:
    base = content.baseline
    turned = Content(
        packages=content.packages[::-1],
        scope=content.scope,
        baseline=Baseline(modules=base.modules[::-1], schema=base.schema[::-1]),
    )
    there = ZoneInfo("Asia/Kathmandu")
    interval = Interval(
        begin=slot.interval.begin.astimezone(there), end=slot.interval.end.astimezone(there)
    )
    assert content_digest(content, slot) == content_digest(turned, replace(slot, interval=interval))


def test_the_digest_of_a_content_is_the_same_in_every_release() -> None:
    content = Content(
        packages=(installed("crm", "2.0"),), scope=BOTH, baseline=a_baseline(crm="sha256:1")
    )
    assert content_digest(content, a_slot()) == (
        "sha256:c230b221b52a72f31d9a20bb4b307fea25ffab50ce7eeef6f914ea7d2ac387ce"
    )


@given(BASELINES)
def test_nothing_has_changed_between_equal_productions(baseline: Baseline) -> None:
    turned = Baseline(modules=baseline.modules[::-1], schema=baseline.schema[::-1])
    assert what_changed(baseline, turned) == ()


@given(BASELINES, BASELINES)
def test_a_change_is_said_once_for_each_module_and_database_that_differs(
    old: Baseline, new: Baseline
) -> None:
    modules = {m.code for m in set(old.modules) ^ set(new.modules)}
    databases = {label for label, _ in set(old.schema) ^ set(new.schema)}
    assert len(what_changed(old, new)) == len(modules) + len(databases)


def test_what_changed_is_said_by_name() -> None:
    old = a_baseline(
        installed("crm", "1.0"), installed("hr"), installed("pay"), orders="1", gone="1"
    )
    new = a_baseline(
        installed("crm", "1.1"), installed("hr", build="b"), installed("web"), orders="2", new="1"
    )
    assert what_changed(old, new) == (
        "module crm in Production went from 1.0 to 1.1",
        "module hr 1.0 in Production is another build",
        "module pay is gone from Production",
        "module web 1.0 is new in Production",
        "database gone is gone from Production",
        "database new is new in Production",
        "the schema of database orders in Production has changed",
    )
