"""What `make faults` and `make soak` need: servers of their own, and a count at the end."""

import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Generator, Sequence

import pytest

from faults import CLOSED_LONGER, FILLED_BY, SOAK, TOOK_OVER, Case, Fault
from full_disk import small_server
from liftlock.domain.environments import Kind
from liftlock.domain.moves import TARGET
from postgres import Server
from town import town

__all__ = ["town"]

BEGUN_S = time.monotonic()
ROOM = "400m"
FIGURES = {
    TOOK_OVER: "from SIGKILL to another worker's first step",
    CLOSED_LONGER: "closed for longer than without the fault",
}


@pytest.fixture
def servers(
    request: pytest.FixtureRequest,
    development_server: Server,
    staging_server: Server,
    production_server: Server,
) -> Generator[dict[Kind, Server]]:
    """The servers of the environments; the target's has little room where a disk is to be full."""
    every = (development_server, staging_server, production_server)
    known = dict(zip(Kind, every, strict=True))
    case: object = request.getfixturevalue("case") if "case" in request.fixturenames else None
    if not isinstance(case, Case) or case.fault is not Fault.DISK_FULL:
        yield known
        return
    target = TARGET.get(case.kind, Kind.DEVELOPMENT)
    with small_server(target, ROOM) as server:
        yield {**known, target: server}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say at once what has failed: a run takes long."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        why = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
        print("", report.nodeid, *why[:12], sep="\n")  # noqa: T201  for whoever waits


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which pairs cannot occur and why, and what was measured."""
    skipped: list[pytest.TestReport] = terminalreporter.getreports("skipped")
    by_reason = Counter(r.longreprtext.partition("Skipped: ")[2] for r in skipped)
    for reason, count in by_reason.items():
        terminalreporter.write_line(f"{count} pairs cannot occur: {reason}")
    passed: list[pytest.TestReport] = terminalreporter.getreports("passed")
    filled = Counter(str(v) for r in passed for k, v in r.user_properties if k == FILLED_BY)
    for how, count in filled.items():
        terminalreporter.write_line(f"{count} disks were full by {how}")
    for name, said in FIGURES.items():
        if found := _figures(passed, name):
            median, worst = statistics.median(found), max(found)
            terminalreporter.write_line(
                f"{said}: median {median:.2f} s, worst {worst:.2f} s ({len(found)} cases)"
            )


def _figures(reports: Sequence[pytest.TestReport], name: str) -> list[float]:
    return [float(str(v)) for r in reports for k, v in r.user_properties if k == name]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the count as the very last line, by the process that leads."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not isinstance(reporter, pytest.TerminalReporter) or hasattr(config, "workerinput"):
        return
    ran = [r for kind in ("passed", "failed") for r in reporter.getreports(kind)]
    if soaked := [str(v) for r in ran for k, v in r.user_properties if k == SOAK]:
        print(soaked[0])  # noqa: T201  what the command is for
        return
    counts = {kind: len(reporter.getreports(kind)) for kind in ("passed", "failed", "error")}
    if not sum(counts.values()):
        return
    skipped = len(reporter.getreports("skipped"))
    failed = counts["failed"] + counts["error"]
    said = {
        "cases": counts["passed"] + failed + skipped,
        "passed": counts["passed"],
        "failed": failed,
        "skipped": skipped,
        "seconds": round(time.monotonic() - BEGUN_S),
    }
    print(json.dumps(said))  # noqa: T201  what the command is for
