"""The master key of the books: whether it is theirs, and how another takes its place."""

from pathlib import Path

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.store import audit_events, master_keys


def require_fitting(tx: Transaction) -> int:
    """Open every secret in the books once; return how many there are.

    Raises: WrongMasterKey, MasterKeyMissing.
    """
    return master_keys.all_open(tx)


def rotate(tx: Transaction, path: Path) -> tuple[int, Path]:
    """Put a new key first in the file, and lock every secret with it.

    Returns: how many secrets that were, and where the file as it was is kept.

    Raises: WrongMasterKey, MasterKeyMissing, MasterKeyReadable, MasterKeyUnusable.
    """
    kept = master_keys.add_first(path)
    return lock_anew(tx, path), kept


def lock_anew(tx: Transaction, path: Path) -> int:
    """Lock every secret with the first key of this file; return how many had another.

    Raises: WrongMasterKey, MasterKeyMissing, MasterKeyReadable, MasterKeyUnusable.
    """
    relocked = master_keys.lock_anew(tx, master_keys.read(path))
    fields: dict[str, str | int | bool] = {"secrets": relocked}
    audit_events.append(tx, Tag.MASTER_KEY_ROTATED, None, None, fields=fields)
    return relocked


def retire(path: Path) -> Path:
    """Leave only the first key in the file; call it when `lock_anew` is committed.

    Returns: where the file as it was is kept.

    Raises: MasterKeyMissing, MasterKeyReadable, MasterKeyUnusable.
    """
    return master_keys.keep_first(path)
