"""The help of every command is checked in; LIFTLOCK_TEST_RENEW=1 writes it anew."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

from cyclopts import App
from rich.console import Console

from liftlock.cli.main import app, run

CHECKED_IN = Path(__file__).parent / "help"
RENEW = "run with LIFTLOCK_TEST_RENEW=1 and read the difference"
WITHOUT_JSON = {"serve", "work"}
"""They stay and print nothing on standard output."""


def commands(of: App, *path: str) -> Iterator[tuple[str, ...]]:
    """Return every command as people type it, groups included."""
    yield path
    for name in of:
        if not name.startswith("-"):
            yield from commands(of[name], *path, name)


def help_of(path: tuple[str, ...]) -> str:
    paper = Console(width=80, file=io.StringIO(), force_terminal=False)
    app([*path, "--help"], console=paper, exit_on_error=False, result_action="return_value")
    assert isinstance(paper.file, io.StringIO)
    return "\n".join(line.rstrip() for line in paper.file.getvalue().splitlines()) + "\n"


def test_every_command_says_what_is_checked_in() -> None:
    said = {"-".join(path) or "liftlock": help_of(path) for path in commands(app)}
    if os.environ.get("LIFTLOCK_TEST_RENEW"):
        CHECKED_IN.mkdir(exist_ok=True)
        for file in CHECKED_IN.glob("*.txt"):
            file.unlink()
        for name, text in said.items():
            _ = (CHECKED_IN / f"{name}.txt").write_text(text)
    assert {file.stem: file.read_text() for file in CHECKED_IN.glob("*.txt")} == said, RENEW


def test_every_command_prints_json_when_asked() -> None:
    leaves = [path for path in commands(app) if not any(name[0] != "-" for name in _app(path))]
    assert len(leaves) > 40
    lacking = {" ".join(path) for path in leaves if "--json" not in help_of(path)}
    assert lacking == WITHOUT_JSON


def _app(path: tuple[str, ...]) -> App:
    found = app
    for name in path:
        found = found[name]
    return found


def test_every_command_and_each_of_its_words_is_explained() -> None:
    for path in commands(app):
        text = help_of(path)
        assert len(text.split("\n\n")[1].split()) >= 3, path
        for line in text.splitlines():
            words = line.strip("│ ").split()
            assert len(words) != 2 or not words[0].startswith("--"), (path, line)


def test_nothing_typed_is_no_mistake(capsys: object) -> None:
    del capsys
    assert run([]) == 0
