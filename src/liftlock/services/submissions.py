"""Forms that would do something twice: taken once, the second time answered as the first."""

import hashlib
from datetime import timedelta

from liftlock.books import Transaction
from liftlock.domain.people import Person
from liftlock.domain.submissions import SubmissionDigest
from liftlock.store import submissions

FORGOTTEN = timedelta(days=2)


def taken(tx: Transaction, who: Person, once: str) -> str | None:
    """Return where a form led to that was taken before; else None, and it is taken now.

    `once` is the token that the page gave it. Waits for the same form, while it is carried out.
    """
    digest = _digest(once)
    if submissions.take(tx, digest, who.id):
        submissions.forget(tx, tx.now - FORGOTTEN)
        return None
    return submissions.location(tx, digest, who.id) or "/"


def answered(tx: Transaction, once: str, location: str) -> None:
    """Keep where the form has led to."""
    submissions.answer(tx, _digest(once), location)


def not_taken(tx: Transaction, once: str) -> None:
    """Let the form be sent again: it was refused."""
    submissions.give_back(tx, _digest(once))


def _digest(once: str) -> SubmissionDigest:
    return SubmissionDigest(hashlib.sha256(once.encode()).digest())
