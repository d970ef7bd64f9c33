import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.domain.paths import Names, problem_with


@pytest.mark.parametrize("name", ["a", "a/b.txt", "é", "a b", ".hidden", "a..b", "x" * 255])
def test_an_ordinary_name_is_safe(name: str) -> None:
    assert problem_with(name) is None


@pytest.mark.parametrize(
    "name",
    ["", "/", "/a", ".", "..", "../a", "a/..", "a/../b", "a//b", "a/", "./a", "a\\b", "a\nb", "a\0",
     "e\u0301", "\udcff", "x" * 256, "x/" * 600 + "x"],
)  # fmt: skip
def test_an_unsafe_name_has_a_problem(name: str) -> None:
    assert problem_with(name)


@pytest.mark.parametrize(
    ("names", "clash"),
    [
        (["a", "A"], "a"),
        (["a/x", "A/y"], "a"),
        (["a", "a"], "a"),
        (["a", "a/b"], "a"),
        (["a/b", "a"], "a"),
        (["straße", "STRASSE"], "straße"),
        (["a/b/c", "a/b/d", "a/c"], None),
    ],
)
def test_names_that_are_one_on_some_machines_clash(names: list[str], clash: str | None) -> None:
    taken = Names()
    found = [taken.add(name) for name in names]
    assert found == [*[None] * (len(names) - 1), clash]


@given(st.lists(st.text("abAB/", min_size=1), max_size=8))
def test_names_without_a_clash_are_as_many_files_where_case_does_not_count(
    names: list[str],
) -> None:
    taken = Names()
    safe = [name for name in names if problem_with(name) is None]
    kept = [name for name in safe if taken.add(name) is None]
    folded = {name.casefold() for name in kept}
    assert len(folded) == len(kept)
    assert not [a for a in folded for b in folded if b.startswith(a + "/")]
