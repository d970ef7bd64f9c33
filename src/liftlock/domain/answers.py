"""Answers that are kept, so that a request which is sent twice is carried out once. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NewType

from liftlock.errors import Conflict, Invalid

KEPT_FOR = timedelta(days=1)
"""How long the same request gets the same answer."""
MOST_LETTERS = 255
"""How long an `Idempotency-Key` may be."""
RequestDigest = NewType("RequestDigest", bytes)
"""SHA-256 of a request: method, address and body."""


class IdempotencyKeyUnfit(Invalid):
    """A key that cannot be one."""

    code = "idempotency_key.unfit"
    sentence = "An Idempotency-Key is 1 to {most} visible ASCII characters, such as a UUID."


class IdempotencyKeyReused(Invalid):
    """The key came with another request before."""

    code = "idempotency_key.reused"
    sentence = (
        "This Idempotency-Key came with another request of yours before. Nothing was changed. "
        "Take a new key for each request; the same one only to send the same request again."
    )


class IdempotencyKeyInUse(Conflict):
    """The first request with this key has not ended."""

    code = "idempotency_key.in_use"
    sentence = (
        "The request with this Idempotency-Key is still being carried out. "
        "Send it again in a moment, with the same key."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request was answered with."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerKept:
    """An answer, and the request that it is the answer to."""

    request: RequestDigest
    answer: Answer

    def to(self, request: RequestDigest) -> Answer:
        """Return the answer when this is the same request. Raises: IdempotencyKeyReused."""
        if request != self.request:
            raise IdempotencyKeyReused
        return self.answer


def require_fit(key: str) -> None:
    """Refuse what cannot be a key. Raises: IdempotencyKeyUnfit."""
    if not 1 <= len(key) <= MOST_LETTERS or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyUnfit(most=MOST_LETTERS)
