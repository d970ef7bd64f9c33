"""Requests that come with a key of their own: the first is carried out, its twins hear what it did.

The answer is written in the transaction of what the request has done: there are both, or neither.
A refusal has done nothing, so nothing of it is kept: sent again, the request is looked at anew.
"""

import hashlib

from liftlock.books import Transaction
from liftlock.domain.answers import KEPT_FOR, AnswerKept, IdempotencyKeyInUse, require_fit
from liftlock.domain.people import Person
from liftlock.store import answers


def before(tx: Transaction, who: Person, key: str) -> AnswerKept | None:
    """Return what the person's request with this key was answered, within a day; None: it is new.

    Nobody else can use the key until this transaction ends.

    Raises: IdempotencyKeyUnfit, IdempotencyKeyInUse.
    """
    require_fit(key)
    digest = _digest(key)
    if not answers.take(tx, who.id, digest):
        raise IdempotencyKeyInUse
    return answers.load(tx, who.id, digest, tx.now - KEPT_FOR)


def keep(tx: Transaction, who: Person, key: str, kept: AnswerKept) -> None:
    """Keep the answer to the request that this transaction carries out; forget those of old."""
    answers.forget(tx, tx.now - KEPT_FOR)
    answers.add(tx, who.id, _digest(key), kept)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
