"""A category of refusal means the same on every surface, and the page says so."""

import re
from pathlib import Path

import pytest

from liftlock import errors
from liftlock.cli.exits import BUG, exit_code
from liftlock.client.connection import kind_of
from liftlock.errors import LiftlockError
from liftlock.web.problems import status_of

PAGE = Path(__file__).parents[3] / "docs" / "how-errors.md"
CATEGORIES = (
    errors.Invalid, errors.Unauthenticated, errors.Forbidden, errors.NotFound, errors.Conflict,
    errors.Stale, errors.Unavailable, errors.TooMany, errors.Unsaid,
)  # fmt: skip


def a_refusal(category: type[LiftlockError]) -> LiftlockError:
    made = type("Made", (category,), {"code": "made.up", "sentence": "Made up."})
    refusal = made()
    assert isinstance(refusal, LiftlockError)
    return refusal


def in_the_page() -> dict[str, tuple[int, int]]:
    rows = re.findall(r"^\| (\w[\w ]*) \|[^|]*\| (\d+) \| (\d+) \|", PAGE.read_text(), re.MULTILINE)
    return {name: (int(status), int(code)) for name, status, code in rows}


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda c: c.__name__)
def test_status_and_exit_code_are_those_of_the_page(category: type[LiftlockError]) -> None:
    refusal = a_refusal(category)
    assert in_the_page()[category.__name__] == (status_of(refusal), exit_code(refusal))


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda c: c.__name__)
def test_a_status_comes_back_as_the_category_that_it_went_out_as(
    category: type[LiftlockError],
) -> None:
    assert issubclass(kind_of(status_of(a_refusal(category))), category)


@pytest.mark.parametrize(
    ("status", "code"), [(400, 2), (405, 2), (413, 2), (418, 2), (500, BUG), (502, 6), (504, 6)]
)
def test_what_only_something_on_the_way_answers_has_a_category_too(status: int, code: int) -> None:
    assert exit_code(kind_of(status)(said="x")) == code


def test_a_bug_is_no_category() -> None:
    assert in_the_page()["a bug"] == (500, BUG)
