"""Whoever must act, or waits, is told: written with the change, sent once it is committed.

Everybody has an inbox; whoever has an address gets mail besides (`services/mailings.py`). Nobody is
told what they did themselves.
"""

from collections.abc import Iterable
from datetime import timedelta

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Environment
from liftlock.domain.moves import Move
from liftlock.domain.notifications import (
    Notification,
    NotificationId,
    NotificationNotFound,
    title_of_move,
    title_of_policy,
)
from liftlock.domain.people import Person, PersonId
from liftlock.store import notifications, people


def tell_target(
    tx: Transaction, tag: Tag, move: Move, said: str, *, but: PersonId | None = None
) -> None:
    """Tell the administrators of a move's target, but whoever did it."""
    _tell(tx, _administrators(tx, move), tag, move, said=said, but=but)


def tell_submitter(
    tx: Transaction, tag: Tag, move: Move, said: str, *, but: PersonId | None = None
) -> None:
    """Tell who submitted a move, but whoever did it."""
    _tell(tx, (move.submitted.by,), tag, move, said=said, but=but)


def tell_person(tx: Transaction, to: PersonId, tag: Tag, move: Move, said: str) -> None:
    """Tell one person something about a move."""
    _tell(tx, (to,), tag, move, said=said, but=None)


def tell_all(
    tx: Transaction, tag: Tag, move: Move, said: str, *, but: PersonId | None = None
) -> None:
    """Tell everybody concerned, each once, but whoever did it.

    These are the administrators of a move's target, and who submitted, vouched for or validated it.
    """
    signed = (move.submitted, move.accepted, move.validated)
    acted = (signature.by for signature in signed if signature)
    _tell(tx, (*acted, *_administrators(tx, move)), tag, move, said=said, but=but)


def tell_of_policy(
    tx: Transaction,
    tag: Tag,
    environment: Environment,
    repository: str,
    said: str,
    *,
    to: PersonId | None = None,
    but: PersonId | None = None,
) -> None:
    """Tell a person something about a masking policy; without one, an environment's administrators.

    Whoever did it is told nothing.
    """
    everybody = (person.id for person in people.administrators(tx, environment.id))
    told = everybody if to is None else (to,)
    notifications.add(
        tx,
        environment.organisation,
        (person for person in told if person != but),
        tag,
        title=title_of_policy(tag, repository),
        said=said,
        repository=repository,
    )


def list_all(
    tx: Transaction,
    who: Person,
    *,
    before: NotificationId | None = None,
    at_most: int = 50,
) -> tuple[Notification, ...]:
    """Return what the person was told, latest first, below `before`."""
    return tuple(notifications.of_person(tx, who.id, before=before, at_most=at_most))


def unread(tx: Transaction, who: Person) -> int:
    """Return how many messages the person has not read."""
    return notifications.unread(tx, who.id)


def read(tx: Transaction, who: Person, id_: NotificationId) -> Notification:
    """Note that the person has read a message, and return it; twice changes nothing.

    Raises: NotificationNotFound.
    """
    found = notifications.read(tx, who.id, id_)
    if found is None:
        raise NotificationNotFound(notification=id_)
    return found


def read_all(tx: Transaction, who: Person, up_to: NotificationId) -> int:
    """Note that the person has read all messages up to this one; return how many were unread.

    What has come since the page was opened stays unread.
    """
    return notifications.read_all(tx, who.id, up_to)


def forget(tx: Transaction, lasting: timedelta) -> int:
    """Forget, a part at a time, what people were told longer ago than this; return how much."""
    return notifications.forget(tx, tx.now - lasting)


def _administrators(tx: Transaction, move: Move) -> Iterable[PersonId]:
    return (person.id for person in people.administrators(tx, move.target))


def _tell(
    tx: Transaction,
    to: Iterable[PersonId],
    tag: Tag,
    move: Move,
    *,
    said: str,
    but: PersonId | None,
) -> None:
    notifications.add(
        tx,
        move.organisation,
        (person for person in to if person != but),
        tag,
        title=title_of_move(tag, move),
        said=said,
        move=move.id,
    )
