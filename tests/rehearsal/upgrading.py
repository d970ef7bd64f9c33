"""An upgrade with one move running and another booked, by the page's own command lines.

The older release is one of this repository's own past: it must be in the clone's history.
Run by `make rehearse`; it installs from the package index.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from liftlock.domain.environments import Kind
from postgres import MakeParts, Server
from rehearsing import ROOT, Machine, a_machine, an_organisation

OLDER = "8c0e64f6"
"""The last commit whose books had the migrations up to 0004."""


@pytest.fixture
def machine(books_server: Server, tmp_path: Path) -> Machine:
    return a_machine(tmp_path, books_server)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The older release as its page would have been used: a wheel, with what stands beside it."""
    source, shipped = tmp_path / "source", tmp_path / "shipped"
    source.mkdir()
    archive = subprocess.run(["git", "archive", OLDER], cwd=ROOT, capture_output=True, check=False)
    assert archive.returncode == 0, f"fetch the whole history: there is no commit {OLDER}"
    _ = subprocess.run(["tar", "-x"], cwd=source, input=archive.stdout, check=True)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    _ = subprocess.run([*build, "--wheel-dir", shipped / "dist", source], check=True)
    for folder in ("requirements", "deploy"):
        _ = shutil.copytree(ROOT / folder, shipped / folder)
    return shipped


def test_a_running_move_and_a_booked_one_outlive_an_upgrade(
    older: Path,
    machine: Machine,
    books_database: SecretStr,
    servers: dict[Kind, Server],
    make_parts: MakeParts,
) -> None:
    _ = machine.must("install", older)
    machine.set_up(books_database)
    first = machine.must("init")
    assert "0004" in first.err
    with machine.services() as services:
        acme = an_organisation(machine, first.out.strip(), servers, make_parts)
        booked = acme.align_later()
        held = Path(f"{acme.state_file(Kind.DEVELOPMENT)}.hold-drain")
        held.touch()
        running = acme.align("--soon")
        acme.await_step(running, "drain")
        services.stop()

    _ = machine.must("backup")
    _ = machine.must("upgrade")
    for word in ("serve", "work", "doctor"):
        refused = machine.run(word)
        assert (refused.code, "liftlock init" in refused.err) == (6, True), word
    assert "0008" in machine.must("migrate").err
    with_older = machine.with_release(older, machine.root.parent / "older")
    refused = with_older.run("doctor")
    assert (refused.code, "of a later release" in refused.err) == (6, True), refused

    with machine.services() as services:
        assert acme.state(running) == "running"
        held.unlink()
        acme.await_state(running, "completed")
        assert acme.state(booked) == "validated"
        services.stop()
    assert acme.state_file(Kind.DEVELOPMENT).read_text().strip() == "open"
    assert machine.must("doctor").err.strip() == "All is well."
