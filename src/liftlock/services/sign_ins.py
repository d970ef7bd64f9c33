"""Signing in with a login and a password, or a first code: not too often, then a session begins."""

import hashlib
from datetime import timedelta

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.sessions import Kept
from liftlock.domain.sign_ins import (
    MOST_TRIES_A_LOGIN,
    MOST_TRIES_AN_ADDRESS,
    WITHIN,
    SignInRefused,
    SignInUnderWay,
    TooManyTries,
    too_many,
)
from liftlock.identity.local_passwords import LoginAndSecret
from liftlock.identity.providers import IdentityProvider
from liftlock.services import sessions
from liftlock.services.sessions import Visitor
from liftlock.store import sign_ins

FORGOTTEN = timedelta(days=1)


def sign_in(
    tx: Transaction,
    provider: IdentityProvider[LoginAndSecret],
    proof: LoginAndSecret,
    visitor: Visitor,
    kept: Kept | None = None,
) -> SecretStr | SignInRefused | SignInUnderWay | TooManyTries:
    """Return the token of a new session, or the refusal.

    Refusals are returned and not raised: a wrong try is written, and must be committed.
    """
    name = _name(proof.login)
    if not sign_ins.alone(tx, name):
        return SignInUnderWay()
    refusal = _too_many(tx, name, visitor.address)
    if refusal is not None:
        return refusal
    identified = provider.identify(tx, proof)
    if identified is None:
        return wrong(tx, proof.login, visitor) or SignInRefused()
    sign_ins.forget_login(tx, name)
    sign_ins.forget(tx, tx.now - FORGOTTEN)
    return sessions.begin(tx, identified, visitor, kept)


def too_often(tx: Transaction, login: str, visitor: Visitor) -> TooManyTries | None:
    """Return the refusal where this login, or this address, was tried wrongly too often."""
    return _too_many(tx, _name(login), visitor.address)


def wrong(tx: Transaction, login: str, visitor: Visitor) -> TooManyTries | None:
    """Write a wrong try, to be committed; return the refusal if it was one too many."""
    sign_ins.add(tx, _name(login), visitor.address)
    return too_often(tx, login, visitor)


def _too_many(tx: Transaction, name: str, address: str) -> TooManyTries | None:
    since = tx.now - WITHIN
    return too_many(sign_ins.of_login(tx, name, since), MOST_TRIES_A_LOGIN, tx.now) or too_many(
        sign_ins.of_address(tx, address, since), MOST_TRIES_AN_ADDRESS, tx.now
    )


def _name(login: str) -> str:
    """Return what stands for a login among the tries: some type their password there."""
    return hashlib.sha256(login.encode()).hexdigest()
