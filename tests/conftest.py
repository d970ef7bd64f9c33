"""Fixtures that every test may ask for: PostgreSQL servers, databases, environments."""

import pytest
from hypothesis import settings

pytest_plugins = [
    "postgres",
    "aligning",
    "own_books",
    "acme_books",
    "served",
    "commands",
    "browsing",
    "mail_server",
    "outbox",
]

# A busy machine is no failure: a property says what is true, not how fast it is found.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")

EVERY_STEP = "test_a_step_that_breaks_leaves_the_target_as_it_was"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in how many ways moves were broken: the cases come from the tables of steps."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    ran = [report for report in reports if EVERY_STEP in report.nodeid]
    if ran:
        terminalreporter.write_line(f"every step of every move: {len(ran)} cases ran")
