"""The master key is changed while everything runs; a wrong one is refused by name."""

import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr

from acme_books import Acme
from commands import Command
from liftlock.books import Books
from liftlock.domain.master_keys import WrongMasterKey
from liftlock.services import master_keys as keys_of_books
from liftlock.store import master_keys


@pytest.fixture
def home(master_key_path: Path, tmp_path: Path) -> Path:
    """A home with a copy of the key file that other tests use, too."""
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    _ = shutil.copy2(master_key_path, made / "master.key")
    return made


def of(acme: Acme, home: Path) -> dict[str, str]:
    return {"LIFTLOCK_DATABASE_URL": acme.url.get_secret_value(), "LIFTLOCK_HOME": str(home)}


def opened(url: SecretStr, key: Path) -> int:
    """Open every secret in the books with this file; return how many there are."""
    books = Books(url, master_keys.read(key), pool_size=1)
    try:
        with books.transaction() as tx:
            return keys_of_books.require_fitting(tx)
    finally:
        books.close()


def test_every_secret_gets_the_new_key_and_the_old_one_opens_nothing(
    acme: Acme, home: Path, liftlock_alone: Command
) -> None:
    key = home / "master.key"
    running = Books(acme.url, master_keys.read(key), pool_size=1)
    secrets = opened(acme.url, key)
    assert secrets == 13
    rotated = liftlock_alone("master-key", "rotate", "--json", **of(acme, home))
    assert (rotated.code, rotated.document["secrets"]) == (0, secrets), rotated
    with running.transaction() as tx:
        assert keys_of_books.require_fitting(tx) == secrets
    running.close()
    with pytest.raises(WrongMasterKey, match=r"master\.key\.before-1"):
        _ = opened(acme.url, home / "master.key.before-1")
    retired = liftlock_alone("master-key", "retire", **of(acme, home))
    assert (retired.code, len(key.read_bytes().splitlines())) == (0, 1)
    assert opened(acme.url, key) == secrets


def test_a_rotation_that_was_broken_off_is_taken_up_again(
    acme: Acme, home: Path, liftlock_alone: Command
) -> None:
    key = home / "master.key"
    _ = master_keys.add_first(key)
    assert opened(acme.url, key) == 13
    assert liftlock_alone("master-key", "rotate", **of(acme, home)).code == 0
    assert len(key.read_bytes().splitlines()) == 3
    assert liftlock_alone("master-key", "retire", **of(acme, home)).code == 0
    assert opened(acme.url, key) == 13


@pytest.mark.parametrize("word", ["init", "serve", "work", "doctor"])
def test_another_key_file_is_refused_at_the_start_by_name(
    acme: Acme, tmp_path: Path, liftlock_alone: Command, word: str
) -> None:
    other = tmp_path / "other"
    master_keys.make(other / "master.key")
    refused = liftlock_alone(word, **of(acme, other))
    assert (refused.code, refused.out) == (5, "")
    assert f"The master key in {other}/master.key does not open" in refused.err


@pytest.mark.parametrize("word", ["init", "serve", "work", "doctor"])
def test_no_key_file_is_refused_at_the_start_by_name(
    acme: Acme, tmp_path: Path, liftlock_alone: Command, word: str
) -> None:
    refused = liftlock_alone(word, **of(acme, tmp_path / "none"))
    assert (refused.code, refused.out) == (4, "")
    assert f"no master key file {tmp_path}/none/master.key" in refused.err
