"""The master key file: makes it, reads it, locks and unlocks what the books keep encrypted.

One key a line. The first locks; all unlock,
    so that a new first line is the beginning of a rotation.
"""

import os
import stat
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from liftlock.domain.master_keys import (
    MasterKeyExists,
    MasterKeyMissing,
    MasterKeyReadable,
    MasterKeyUnusable,
    WrongMasterKey,
)

OWN_ONLY = 0o600


class MasterKey:
    """The keys of one master key file; nothing of them is ever shown."""

    def __init__(self, keys: MultiFernet) -> None:
        self._keys = keys

    def lock(self, secret: SecretStr) -> bytes:
        """Return the secret in a form that may stand in the books."""
        return self._keys.encrypt(secret.get_secret_value().encode())

    def unlock(self, locked: bytes) -> SecretStr:
        """Return what `lock` was given.

        Raises:
            WrongMasterKey: it was locked with a key that is not in the file.
        """
        try:
            return SecretStr(self._keys.decrypt(locked).decode())
        except InvalidToken:
            raise WrongMasterKey from None


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
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_ONLY)
    except FileExistsError:
        raise MasterKeyExists(path=str(path)) from None
    with os.fdopen(opened, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> MasterKey:
    """Read a master key file.

    Raises:
        MasterKeyMissing: there is none.
        MasterKeyReadable: others than its owner could read or change it.
        MasterKeyUnusable: it holds something else.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        lines = path.read_bytes().split()
    except FileNotFoundError:
        raise MasterKeyMissing(path=str(path)) from None
    if mode & ~OWN_ONLY:
        raise MasterKeyReadable(path=str(path), mode=f"{mode:04o}")
    try:
        return MasterKey(MultiFernet([Fernet(line) for line in lines]))
    except ValueError:
        raise MasterKeyUnusable(path=str(path)) from None
