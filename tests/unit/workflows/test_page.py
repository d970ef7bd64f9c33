"""The page about moves shows the tables that are carried out."""

from pathlib import Path

from liftlock.workflows.registry import as_page

PAGE = Path(__file__).parents[3] / "docs" / "how-moves.md"
MARK = "<!-- Written by `liftlock.workflows.registry.as_page()`; a test compares. -->\n\n"


def test_the_page_shows_the_tables_of_the_registry() -> None:
    _, _, shown = PAGE.read_text().partition(MARK)
    assert shown == as_page()
