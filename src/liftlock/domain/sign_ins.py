"""Signing in: what is refused, and how often one may try. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from liftlock.errors import TooMany, Unauthenticated

MOST_TRIES_A_LOGIN = 5
MOST_TRIES_AN_ADDRESS = 30
WITHIN = timedelta(minutes=15)
"""Wrong tries count for this long."""


class SignInRefused(Unauthenticated):
    """Does not say which of the two is wrong: that would tell strangers who is here."""

    code = "sign_in.refused"
    sentence = "The sign-in name and the password do not match. Check both and try again."


class SignInNeeded(Unauthenticated):
    """Nobody is signed in with this browser, or no longer."""

    code = "sign_in.needed"
    sentence = "Sign in first: this page is shown to signed-in people only."


class TooManyTries(TooMany):
    """Somebody is guessing, or has forgotten the password."""

    code = "sign_in.too_many_tries"
    sentence = (
        "That was tried wrongly too often. Try again in {minutes} min, or ask the platform "
        "operator for a new sign-in code."
    )


class SignInUnderWay(TooMany):
    """Two at once for one login: only somebody who guesses does that."""

    code = "sign_in.under_way"
    sentence = "Somebody is signing in with this name right now. Try again in a moment."


def too_many(tries: Sequence[datetime], most: int, now: datetime) -> TooManyTries | None:
    """Return the refusal when there were `most` wrong tries lately, or None.

    `tries` are the instants of wrong ones, any order; it ends when the oldest that counts is past.
    """
    lately = sorted(at for at in tries if now - at < WITHIN)
    if len(lately) < most:
        return None
    free_again = lately[-most] + WITHIN
    return TooManyTries(minutes=-((now - free_again) // timedelta(minutes=1)))
