"""API keys: each a person's own, with that person's rights. Only a digest of it is kept. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from liftlock.errors import Conflict, NotFound, Unauthenticated

KeyId = NewType("KeyId", int)

PREFIX = "llk_"
"""What every key begins with, so that a scanner for lost secrets knows one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as its owner sees it in a list; the key itself was shown once."""

    id: KeyId
    name: str
    created_at: datetime


class UnknownKey(Unauthenticated):
    """No such key, or revoked."""

    code = "key.unknown"
    sentence = "This API key is not known, or was revoked. Set LIFTLOCK_API_KEY to a key of yours."


class KeyNotFound(NotFound):
    """The person has no such key."""

    code = "key.not_found"
    sentence = "You have no key {key}."


class KeyNameTaken(Conflict):
    """The person has another key of this name."""

    code = "key.name_taken"
    sentence = "You have a key of this name already. Give another name, or revoke that key."
