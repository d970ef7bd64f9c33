import pytest

from liftlock.domain.globs import matches


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("a/**", "a/b/c.txt", True),
        ("a/**", "a", False),
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("**/x.txt", "x.txt", True),
        ("**/x.txt", "a/b/x.txt", True),
        ("**/x.txt", "a/yx.txt", False),
        ("**", "a/b\nc", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.b", "axb", False),
        ("[a]", "a", False),
    ],
)
def test_a_star_stays_within_a_name_and_two_do_not(glob: str, path: str, expected: bool) -> None:  # noqa: FBT001
    assert matches(glob, path) is expected
