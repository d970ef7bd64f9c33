"""The installation: `liftlock init` makes or updates its books; all else refuses older ones."""

import secrets

from liftlock.books import Transaction
from liftlock.domain.installations import BooksTooNew, BooksTooOld, Installation
from liftlock.domain.wall_times import zone_named
from liftlock.store import installations, migrations

NAME_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
NAME_LENGTH = 6


def prepare(tx: Transaction, *, zone: str) -> tuple[str, ...]:
    """Bring the books up to date and, the first time, write the installation.

    Returns: the migrations applied.

    Raises: UnknownZone, BooksTooNew.
    """
    _ = zone_named(zone)
    _require_known(tx)
    applied = migrations.apply(tx)
    installations.add(tx, _new_name(), zone)
    return applied


def require_current(tx: Transaction) -> None:
    """Refuse books of another release.

    Raises: BooksTooOld, BooksTooNew.
    """
    _require_known(tx)
    lacking = migrations.pending(tx)
    if lacking:
        raise BooksTooOld(lacking=list(lacking))


def load(tx: Transaction) -> Installation:
    """Return what holds for all organisations.

    Raises: BooksTooOld.
    """
    found = installations.load(tx)
    if found is None:
        raise BooksTooOld(lacking="the installation")
    return found


def _require_known(tx: Transaction) -> None:
    unknown = migrations.unknown(tx)
    if unknown:
        raise BooksTooNew(unknown=list(unknown))


def _new_name() -> str:
    """Return a name that no other installation is likely to have; a letter comes first."""
    return "l" + "".join(secrets.choice(NAME_LETTERS) for _ in range(NAME_LENGTH - 1))
