"""The demo as a new user runs it: real servers and processes, all of it, and nothing left."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TypedDict, cast

import pytest

import liftlock
from browsing import Browser
from eventually import eventually

MOVES = [
    ("move_to_staging", "MovedToStaging"),
    ("move_to_production", "MovedToProduction"),
    ("down_align", "Completed"),
]
PROMISED_S = 180
CONSOLE = re.compile(r"Console: (http://\S+)/")
SIGN_IN = re.compile(r"│ (Development|Staging|Production) +│ (\S+) +│ (\S+)")


class Move(TypedDict):
    kind: str
    status: str
    seconds: float


class Document(TypedDict):
    moves: list[Move]
    modules_equal: bool
    rows_equal: bool
    masking_survivors: int
    downtime_ms: dict[str, int]


@pytest.fixture
def place() -> Generator[Path]:
    """A directory that stands for `/tmp`, short enough for sockets, and open to other users."""
    path = Path(tempfile.mkdtemp(prefix="ll-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)
    path.with_suffix(".said").unlink(missing_ok=True)


def start(place: Path, *words: str) -> subprocess.Popen[str]:
    variables = {name: value for name, value in os.environ.items() if "LIFTLOCK" not in name}
    with place.with_suffix(".said").open("w") as standard_error:
        return subprocess.Popen(
            [sys.executable, "-m", "liftlock", "demo", *words],
            env={
                **variables,
                "TMPDIR": str(place),
                "PYTHONPATH": str(Path(liftlock.__file__).parents[1]),
            },
            stdout=subprocess.PIPE,
            stderr=standard_error,
            text=True,
            start_new_session=True,
        )


def said(place: Path) -> str:
    return place.with_suffix(".said").read_text()


def processes_of(place: Path) -> list[str]:
    """Return the command lines of processes that were started with anything of this place."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except (OSError, ProcessLookupError):
            continue
        if os.fsencode(place) in told:
            found.append(told.partition(b"\0\0")[0].replace(b"\0", b" ").decode())
    return found


@pytest.mark.timeout(600)
def test_the_whole_procedure_proves_itself_and_leaves_nothing_behind(place: Path) -> None:
    demo = start(place, "--once", "--json")
    output, _ = demo.communicate(timeout=580)
    assert demo.returncode == 0, said(place)
    document = cast("Document", json.loads(output))
    assert [(move["kind"], move["status"]) for move in document["moves"]] == MOVES
    assert document["modules_equal"]
    assert document["rows_equal"]
    assert document["masking_survivors"] == 0
    assert set(document["downtime_ms"]) == {"production", "staging", "development"}
    for kind, ms in document["downtime_ms"].items():
        assert 20 < ms < PROMISED_S * 1000, kind
    assert processes_of(place) == []
    assert list(place.iterdir()) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("moment", "number"),
    [("Three environments", signal.SIGTERM), ("validates it", signal.SIGINT)],
)
def test_interrupted_at_any_moment_it_leaves_nothing_behind(
    place: Path, moment: str, number: signal.Signals
) -> None:
    demo = start(place, "--json")
    _ = eventually(lambda: moment in said(place) or demo.poll() is not None, timeout_s=120)
    demo.send_signal(number)
    demo.send_signal(number)  # a second one does not cut its end short
    output, _ = demo.communicate(timeout=120)
    assert demo.returncode == 130, said(place)
    assert output == ""
    assert processes_of(place) == []
    assert list(place.iterdir()) == []


@pytest.mark.timeout(300)
def test_a_visitor_finds_the_next_modules_ready_to_be_moved_by_hand(place: Path) -> None:
    demo = start(place, "--json")
    _ = eventually(lambda: "API: http" in said(place) or demo.poll() is not None, timeout_s=240)
    told = said(place)
    console = CONSOLE.search(told)
    assert console is not None, told
    sign_ins = {kind: (login, password) for kind, login, password in SIGN_IN.findall(told)}
    assert set(sign_ins) == {"Development", "Staging", "Production"}
    for kind, (login, password) in sign_ins.items():
        browser = Browser(console[1])
        assert browser.sign_in(login, password).status == 200
        assert "acme.returns" in browser.open("/modules?only=yes").text
        scheduling = browser.open("/development/move-to-staging/schedule")
        assert (scheduling.status == 200) is (kind == "Development")
        browser.close()
    demo.send_signal(signal.SIGINT)
    _ = demo.communicate(timeout=120)
    assert processes_of(place) == []
    assert list(place.iterdir()) == []
