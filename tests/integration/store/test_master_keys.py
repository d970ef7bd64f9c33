"""The master key file: its owner's alone, and without it nothing can be read."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from liftlock.domain.master_keys import (
    MasterKeyExists,
    MasterKeyMissing,
    MasterKeyReadable,
    MasterKeyUnusable,
    WrongMasterKey,
)
from liftlock.store import master_keys

SECRET = SecretStr("host=production password=s3cr3t")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "home" / "master.key"
    master_keys.make(made)
    return made


def test_a_secret_comes_back(path: Path) -> None:
    locked = master_keys.read(path).lock(SECRET)
    assert b"s3cr3t" not in locked
    assert master_keys.read(path).unlock(locked) == SECRET


def test_only_the_owner_can_read_the_file(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o700])
def test_a_file_that_others_could_read_or_change_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(MasterKeyReadable, match=f"{mode:04o}.*chmod 600"):
        _ = master_keys.read(path)


def test_a_key_is_never_written_over(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(MasterKeyExists):
        master_keys.make(path)
    assert path.read_bytes() == before


def test_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyMissing, match=r"master\.key"):
        _ = master_keys.read(tmp_path / "master.key")


@pytest.mark.parametrize("text", ["", "not a key", "ü" * 44])
def test_something_else_in_the_file_is_refused(path: Path, text: str) -> None:
    _ = path.write_text(text)
    with pytest.raises(MasterKeyUnusable):
        _ = master_keys.read(path)


def test_another_key_opens_nothing(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    master_keys.make(other)
    locked = master_keys.read(path).lock(SECRET)
    with pytest.raises(WrongMasterKey):
        _ = master_keys.read(other).unlock(locked)


def test_a_new_first_line_begins_a_rotation(path: Path) -> None:
    locked = master_keys.read(path).lock(SECRET)
    _ = path.write_bytes(Fernet.generate_key() + b"\n" + path.read_bytes())
    rotated = master_keys.read(path)
    assert rotated.unlock(locked) == SECRET
    assert rotated.unlock(rotated.lock(SECRET)) == SECRET


def test_a_process_that_runs_takes_a_new_key_by_itself(path: Path) -> None:
    running = master_keys.read(path)
    before = running.lock(SECRET)
    kept = master_keys.add_first(path)
    after = running.lock(SECRET)
    assert (running.is_first(before), running.is_first(after)) == (False, True)
    assert running.unlock(before) == SECRET
    with pytest.raises(WrongMasterKey):
        _ = master_keys.read(kept).unlock(after)


def test_only_the_first_key_is_kept_and_the_file_as_it_was_beside(path: Path) -> None:
    _ = master_keys.add_first(path)
    kept = master_keys.keep_first(path)
    assert path.read_bytes() == kept.read_bytes().splitlines(keepends=True)[0]
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert {each.name for each in path.parent.iterdir()} == {
        "master.key", "master.key.before-1", "master.key.before-2",
    }  # fmt: skip


def test_a_file_that_is_gone_or_spoilt_stops_nobody_who_has_read_it(path: Path) -> None:
    running = master_keys.read(path)
    _ = path.write_text("not a key")
    assert running.unlock(running.lock(SECRET)) == SECRET
    path.unlink()
    assert running.unlock(running.lock(SECRET)) == SECRET
