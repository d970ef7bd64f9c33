"""The pages about moves show what is carried out, and name files that exist."""

import re
from pathlib import Path

import pytest

from liftlock.workflows.registry import as_page

ROOT = Path(__file__).parents[3]
MARK = "<!-- Written by `liftlock.workflows.registry.as_page()`; a test compares. -->\n\n"
FILES = re.compile(r"`((?:src|tests|docs)/[a-z_/.-]+)`")


def test_the_page_shows_the_tables_of_the_registry() -> None:
    _, _, shown = (ROOT / "docs" / "how-moves.md").read_text().partition(MARK)
    assert shown == as_page()


@pytest.mark.parametrize("page", ["how-moves.md", "adding-a-step.md"])
def test_the_files_that_a_page_names_exist(page: str) -> None:
    named = FILES.findall((ROOT / "docs" / page).read_text())
    assert [file for file in named if not (ROOT / file).exists()] == []
