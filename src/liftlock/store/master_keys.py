"""The master key file: makes it, reads it, locks and unlocks what the books keep encrypted.

One key a line. The first locks; all unlock, so that a new first line is the beginning of a
rotation. A process reads the file again when it has changed: nothing has to be restarted.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import LiteralString, TypeAlias

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.master_keys import (
    MasterKeyExists,
    MasterKeyMissing,
    MasterKeyReadable,
    MasterKeyUnusable,
    WrongMasterKey,
)
from liftlock.errors import LiftlockError
from liftlock.telemetry import log

OWN_ONLY = 0o600
Stamp: TypeAlias = tuple[int, int, int]
"""Which file it was, and when and how long it was written."""

LOCK: LiteralString = """
    LOCK TABLE organisations, environments, environment_databases, sessions, answers
      IN SHARE ROW EXCLUSIVE MODE
"""
LOCKED: Sequence[tuple[LiteralString, LiteralString]] = (
    (
        "SELECT ctid::text, masking_key FROM organisations",
        "UPDATE organisations SET masking_key = %(locked)s WHERE ctid = %(row)s::tid",
    ),
    (
        "SELECT ctid::text, hook_secret FROM environments WHERE hook_secret IS NOT NULL",
        "UPDATE environments SET hook_secret = %(locked)s WHERE ctid = %(row)s::tid",
    ),
    (
        "SELECT ctid::text, keeper FROM environment_databases",
        "UPDATE environment_databases SET keeper = %(locked)s WHERE ctid = %(row)s::tid",
    ),
    (
        "SELECT ctid::text, application FROM environment_databases",
        "UPDATE environment_databases SET application = %(locked)s WHERE ctid = %(row)s::tid",
    ),
    (
        "SELECT ctid::text, shown FROM sessions WHERE shown IS NOT NULL",
        "UPDATE sessions SET shown = %(locked)s WHERE ctid = %(row)s::tid",
    ),
    (
        "SELECT ctid::text, answer FROM answers",
        "UPDATE answers SET answer = %(locked)s WHERE ctid = %(row)s::tid",
    ),
)
"""Every column that holds secrets: how they are read, and how one is written anew."""


class MasterKey:
    """The keys of one master key file; nothing of them is ever shown."""

    def __init__(self, path: Path, lines: Sequence[bytes], stamp: Stamp | None) -> None:
        self._path = path
        self._stamp = stamp
        self._first, self._all = Fernet(lines[0]), MultiFernet([Fernet(line) for line in lines])

    def lock(self, secret: SecretStr) -> bytes:
        """Return the secret in a form that may stand in the books."""
        self._look_again()
        return self._first.encrypt(secret.get_secret_value().encode())

    def unlock(self, locked: bytes) -> SecretStr:
        """Return what `lock` was given.

        Raises:
            WrongMasterKey: it was locked with a key that is not in the file.
        """
        self._look_again()
        try:
            return SecretStr(self._all.decrypt(locked).decode())
        except InvalidToken:
            raise WrongMasterKey(path=str(self._path)) from None

    def is_first(self, locked: bytes) -> bool:
        """Say whether the key that locks now has locked this, too."""
        self._look_again()
        try:
            _ = self._first.decrypt(locked)
        except InvalidToken:
            return False
        return True

    def _look_again(self) -> None:
        """Read a file that has changed; one that is gone or spoilt since does not stop anybody."""
        stamp = _stamp(self._path)
        if stamp in {None, self._stamp}:
            return
        self._stamp = stamp
        try:
            found = read(self._path)
        except LiftlockError as refusal:
            log.warning("master_key.not_read_again", code=refusal.code)
            return
        self._first, self._all = found._first, found._all  # noqa: SLF001  another of its own kind


class Missing:
    """What there is while there is no master key file: nothing can be locked or unlocked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lock(self, secret: SecretStr) -> bytes:
        """Refuse. Raises: MasterKeyMissing."""
        del secret
        raise MasterKeyMissing(path=str(self._path))

    def unlock(self, locked: bytes) -> SecretStr:
        """Refuse. Raises: MasterKeyMissing."""
        del locked
        raise MasterKeyMissing(path=str(self._path))


def make(path: Path) -> None:
    """Make a master key file, readable by its owner alone.

    Raises:
        MasterKeyExists: there is one already; it is not touched.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _write(path, [Fernet.generate_key()])
    except FileExistsError:
        raise MasterKeyExists(path=str(path)) from None


def read(path: Path) -> MasterKey:
    """Read a master key file.

    Raises:
        MasterKeyMissing: there is none.
        MasterKeyReadable: others than its owner could read or change it.
        MasterKeyUnusable: it holds something else.
    """
    stamp = _stamp(path)
    try:
        return MasterKey(path, _lines(path), stamp)
    except (ValueError, IndexError):
        raise MasterKeyUnusable(path=str(path)) from None


def add_first(path: Path) -> Path:
    """Put a new key before those in the file; return where the file as it was is kept.

    Raises: MasterKeyMissing, MasterKeyReadable, MasterKeyUnusable.
    """
    _ = read(path)
    return _replace(path, [Fernet.generate_key(), *_lines(path)])


def keep_first(path: Path) -> Path:
    """Leave only the first key in the file; return where the file as it was is kept.

    Raises: MasterKeyMissing, MasterKeyReadable, MasterKeyUnusable.
    """
    _ = read(path)
    return _replace(path, _lines(path)[:1])


def all_open(tx: Transaction) -> int:
    """Open every secret in the books, and return how many there are. Raises: WrongMasterKey."""
    opened = 0
    for select, _ in LOCKED:
        for _, value in _locked(tx, select):
            _ = tx.secrets.unlock(value)
            opened += 1
    return opened


def lock_anew(tx: Transaction, key: MasterKey) -> int:
    """Lock with the file's first key what another has locked; return how many secrets that were.

    Nobody else writes a secret until this transaction ends.

    Raises: WrongMasterKey.
    """
    tx.connection.execute(LOCK)
    relocked = 0
    for select, update in LOCKED:
        for row, value in _locked(tx, select):
            if not key.is_first(value):
                locked = key.lock(key.unlock(value))
                tx.connection.execute(update, {"locked": locked, "row": row})
                relocked += 1
    return relocked


def _locked(tx: Transaction, select: LiteralString) -> list[tuple[str, bytes]]:
    return tx.connection.execute(select).fetchall()


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _lines(path: Path) -> list[bytes]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        lines = path.read_bytes().split()
    except FileNotFoundError:
        raise MasterKeyMissing(path=str(path)) from None
    if mode & ~OWN_ONLY:
        raise MasterKeyReadable(path=str(path), mode=f"{mode:04o}")
    return lines


def _replace(path: Path, lines: Sequence[bytes]) -> Path:
    """Write the file anew, in one go, for the same owner; what it was stays beside it."""
    owner = path.stat()
    kept = _free_name(path)
    os.link(path, kept)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    _write(new, lines)
    os.chown(new, owner.st_uid, owner.st_gid)
    new.replace(path)
    return kept


def _free_name(path: Path) -> Path:
    number = 1
    while path.with_name(f"{path.name}.before-{number}").exists():
        number += 1
    return path.with_name(f"{path.name}.before-{number}")


def _write(path: Path, lines: Sequence[bytes]) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_ONLY)
    with os.fdopen(opened, "wb") as file:
        file.writelines(line + b"\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
