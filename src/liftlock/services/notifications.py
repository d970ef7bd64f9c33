"""Whoever must act, or waits, is told: written with the change, sent once it is committed."""

from collections.abc import Iterable

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import Move
from liftlock.domain.notifications import Notification
from liftlock.domain.people import Person, PersonId
from liftlock.store import notifications, people


def tell_target(tx: Transaction, tag: Tag, move: Move, said: str) -> None:
    """Tell the administrators of a move's target."""
    _tell(tx, (person.id for person in people.administrators(tx, move.target)), tag, move, said)


def tell_submitter(tx: Transaction, tag: Tag, move: Move, said: str) -> None:
    """Tell who submitted a move."""
    _tell(tx, (move.submitted.by,), tag, move, said)


def tell_all(tx: Transaction, tag: Tag, move: Move, said: str) -> None:
    """Tell who submitted a move and the administrators of its target, each once."""
    target = (person.id for person in people.administrators(tx, move.target))
    _tell(tx, dict.fromkeys((move.submitted.by, *target)), tag, move, said)


def list_all(tx: Transaction, who: Person) -> tuple[Notification, ...]:
    """Return what the person was told, latest first."""
    return tuple(notifications.of_person(tx, who.id))


def _tell(tx: Transaction, to: Iterable[PersonId], tag: Tag, move: Move, said: str) -> None:
    for person in to:
        notifications.add(tx, person, tag, move, f"{move.kind.title} {move.id}: {said}")
