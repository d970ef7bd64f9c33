"""The installation: `liftlock init` makes or updates its books; all else refuses older ones."""

import secrets

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.installations import BooksMoved, BooksTooNew, BooksTooOld, Installation
from liftlock.domain.wall_times import zone_named
from liftlock.store import audit_events, installations, migrations, moves

NAME_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
NAME_LENGTH = 6
NUMBERS_APART = 10_000


def prepare(tx: Transaction, *, zone: str, restored: bool = False) -> tuple[str, ...]:
    """Bring the books up to date and, the first time, write the installation.

    `restored`: they may be in another database than they were; `settle` them afterwards.

    Returns: the migrations applied.

    Raises: UnknownZone, BooksTooNew, BooksMoved.
    """
    _ = zone_named(zone)
    _require_known(tx)
    applied = migrations.apply(tx)
    installations.add(tx, _new_name(), zone)
    if not restored:
        _require_at_home(tx)
        installations.settle(tx)
    return applied


def settle(tx: Transaction, *, after: int) -> int:
    """Let restored books go on from here, in this database, with moves of numbers of their own.

    `after` is the highest number that a move may have had since they were copied.

    Returns: the number that the next move gets.
    """
    installations.settle(tx)
    following = _following(max(after, moves.highest(tx)))
    moves.number_from(tx, following)
    fields: dict[str, str | int | bool] = {"next_move": following}
    audit_events.append(tx, Tag.BOOKS_RESTORED, None, None, fields=fields)
    return following


def require_current(tx: Transaction) -> None:
    """Refuse books of another release, and those that were copied from elsewhere.

    Raises: BooksTooOld, BooksTooNew, BooksMoved.
    """
    _require_known(tx)
    lacking = migrations.pending(tx)
    if lacking:
        raise BooksTooOld(lacking=list(lacking))
    _require_at_home(tx)


def _require_at_home(tx: Transaction) -> None:
    if not installations.is_at_home(tx):
        raise BooksMoved(database=installations.database_name(tx))


def _following(number: int) -> int:
    """Return a number far above all that may have been given: what names follow from."""
    return (number // NUMBERS_APART + 1) * NUMBERS_APART + 1


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
