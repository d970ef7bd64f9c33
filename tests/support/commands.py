"""Commands of `liftlock`: run in this process, or as processes of their own."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

import liftlock
from liftlock.cli.main import run
from liftlock.settings import settings
from served import Served

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        return json.loads(self.out)

    @property
    def document(self) -> Json:
        return cast("Json", self.json)

    @property
    def rows(self) -> list[Json]:
        return cast("list[Json]", self.json)

    def part(self, name: str) -> Json:
        """Return an object in the document."""
        return cast("Json", self.document[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`liftlock` as its users type it."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    served: Served | None = None

    def __call__(
        self, *words: str | Path | int, who: str = "ana", typed: str = "", **variables: str
    ) -> Ran:
        """Run a command in this process as somebody; variables are LIFTLOCK_…"""
        with self.monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("LIFTLOCK_")]:
                patch.delenv(name)
            for name, value in (self._known(who) | variables).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.StringIO(typed))
            settings.cache_clear()
            _ = self.capsys.readouterr()
            code = run([str(word) for word in words])
            printed = self.capsys.readouterr()
        settings.cache_clear()
        return Ran(code=code, out=printed.out, err=printed.err)

    def _known(self, who: str) -> dict[str, str]:
        if self.served is None:
            return {}
        known = {
            "LIFTLOCK_URL": self.served.url,
            "LIFTLOCK_API_KEY": self.served.keys[who].get_secret_value(),
            "LIFTLOCK_MODULE_STORE": str(self.served.acme.store.root.parent / "built"),
        }
        return known | ({"LIFTLOCK_ORGANISATION": "acme"} if who == "operator" else {})


@pytest.fixture
def liftlock_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Commands with nothing set: no key, no API."""
    return Command(monkeypatch=monkeypatch, capsys=capsys)


@pytest.fixture
def command(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Commands against Acme's API."""
    return Command(monkeypatch=monkeypatch, capsys=capsys, served=served)


@pytest.fixture
def own_command(
    own_served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Commands against Acme's API, over environments of its own: to be changed."""
    return Command(monkeypatch=monkeypatch, capsys=capsys, served=own_served)


def variables_of(home: Path, **also: str) -> Mapping[str, str]:
    """Return a whole environment for a process of its own."""
    return {
        "LIFTLOCK_HOME": str(home),
        "PYTHONPATH": str(Path(liftlock.__file__).parents[1]),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "COLUMNS": "80",
        **also,
    }


def finished(variables: Mapping[str, str], *words: str) -> Ran:
    """Run `liftlock` as a process of its own."""
    argv = [sys.executable, "-m", "liftlock", *words]
    ended = subprocess.run(
        argv, env=variables, capture_output=True, text=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Ran(code=ended.returncode, out=ended.stdout, err=ended.stderr)


@contextmanager
def started(variables: Mapping[str, str], *words: str) -> Generator[subprocess.Popen[str]]:
    """Start `liftlock` as a process that stays; kill it at the end when it still runs."""
    argv = [sys.executable, "-m", "liftlock", *words]
    with subprocess.Popen(
        argv, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
