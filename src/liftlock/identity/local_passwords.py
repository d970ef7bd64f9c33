"""Local accounts: login and password (argon2id), or a first code that is used to set one."""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.passwords import plain
from liftlock.identity.providers import Identified
from liftlock.store import passwords

HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)
"""RFC 9106's second recommendation: 64 MiB, three passes."""
_ROOM = threading.BoundedSemaphore(4)
"""Hashing takes memory: so many at once, the others wait."""
CODE_GROUPS = 4
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that could be taken for another: no i, l, o, 0, 1."""
GROUP_LENGTH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAndSecret:
    """What somebody types: the secret is a password, or a sign-in code."""

    login: str
    secret: SecretStr


class LocalPasswords:
    """The books themselves know who it is."""

    def identify(self, tx: Transaction, proof: LoginAndSecret) -> Identified | None:
        """Return whose login and password, or login and unused code, these are."""
        known = passwords.of_login(tx, proof.login)
        if known and known.code_digest and known.code_until and tx.now < known.code_until:
            _ = matches(_nobodys_hash(), proof.secret)
            same = secrets.compare_digest(known.code_digest, code_digest(proof.secret))
            return Identified(person=known.person, must_set_password=True) if same else None
        hashed = known.hash if known else None
        right = matches(hashed or _nobodys_hash(), proof.secret)
        return Identified(person=known.person) if known and hashed and right else None


def hash_of(password: SecretStr) -> str:
    """Return a password's argon2id hash, with a salt of its own."""
    with _ROOM:
        return HASHER.hash(plain(password.get_secret_value()))


def matches(hashed: str, password: SecretStr) -> bool:
    """Tell whether this is the password that was hashed."""
    with _ROOM:
        try:
            return HASHER.verify(hashed, plain(password.get_secret_value()))
        except (VerificationError, InvalidHashError):
            return False


def new_code() -> SecretStr:
    """Return a sign-in code: 99 bits, in groups that can be read out."""
    groups = (
        "".join(secrets.choice(CODE_LETTERS) for _ in range(GROUP_LENGTH))
        for _ in range(CODE_GROUPS)
    )
    return SecretStr("-".join(groups))


def code_digest(code: SecretStr) -> bytes:
    """Return what the books keep of a code; spaces, hyphens and capitals do not matter."""
    bare = code.get_secret_value().replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(bare.encode()).digest()


@cache
def _nobodys_hash() -> str:
    """Return a hash to compare with where there is none, so that strangers take as long."""
    return hash_of(SecretStr(secrets.token_urlsafe()))
