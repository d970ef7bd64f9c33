"""Whether a copy fits: 1.2 times the size must be free on each disk that can be seen."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from liftlock.environments import disk
from liftlock.environments.parts import Parts
from postgres import MakeParts, Server


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def usage_of(free: int) -> Callable[[Path], Usage]:
    return lambda _: Usage(total=10 * free, used=9 * free, free=free)


@pytest.fixture
def parts(production_server: Server, make_parts: MakeParts) -> Parts:
    made = make_parts(production_server)
    seen = tuple(replace(d, disk=made.files.parent) for d in made.databases)
    _ = (made.files / "big").write_bytes(b"x" * 1_000_000)
    return replace(made, databases=seen)


def test_size_is_of_databases_and_files(parts: Parts) -> None:
    without = replace(parts, has_files=False)
    assert disk.size_bytes(parts) == disk.size_bytes(without) + 1_000_000
    assert disk.size_bytes(without) > 2 * 7_000_000
    assert disk.size_bytes(parts.at(lambda d: f"no_{d.name}", Path("/nowhere"))) == 0


def test_a_copy_that_fits_gives_no_reason(parts: Parts) -> None:
    assert disk.no_room(parts, parts) == []


def test_needs_on_one_disk_add_up_and_more_than_the_size_must_be_free(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = disk.size_bytes(parts)
    monkeypatch.setattr(shutil, "disk_usage", usage_of(round(size * 1.2) - 1))
    (reason,) = disk.no_room(parts, parts)
    assert f"{round(size * 1.2) // 1024**2} MiB are needed" in reason
    monkeypatch.setattr(shutil, "disk_usage", usage_of(round(size * 1.2) + 10))
    assert disk.no_room(parts, parts) == []


def test_a_disk_that_cannot_be_seen_gives_no_reason(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", usage_of(1))
    unseen = tuple(replace(d, disk=None) for d in parts.databases)
    assert disk.no_room(parts, replace(parts, databases=unseen, has_files=False)) == []


def test_files_out_of_scope_need_no_room(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = disk.size_bytes(replace(parts, has_files=False))
    monkeypatch.setattr(shutil, "disk_usage", usage_of(round(needed * 1.2) + 10))
    assert disk.no_room(parts, parts) != []
    assert disk.no_room(parts, replace(parts, has_files=False)) == []
