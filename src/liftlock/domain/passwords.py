"""Passwords: set by their owner alone; the first way in is a code that is shown once. Pure."""

import unicodedata
from datetime import timedelta

from liftlock.domain.people import Person
from liftlock.errors import Invalid, Unauthenticated

LEAST_LETTERS = 12
MOST_LETTERS = 200
CODE_LASTS = timedelta(days=7)
"""How long a sign-in code that nobody used is good for."""


class PasswordTooShort(Invalid):
    """Length is what makes a password hard to guess."""

    code = "password.too_short"
    sentence = "The password is too short: give at least {least} characters. A sentence is fine."


class PasswordTooLong(Invalid):
    """Longer ones only cost time to check."""

    code = "password.too_long"
    sentence = "The password is too long: give at most {most} characters."


class PasswordTooPlain(Invalid):
    """What others would try first."""

    code = "password.too_plain"
    sentence = (
        "This password would be tried first: it is your login or name, or repeats a few "
        "characters. Choose another."
    )


class PasswordNotRepeated(Invalid):
    """The two fields differ: one of them is a typing error."""

    code = "password.not_repeated"
    sentence = "The two new passwords differ. Type the same one twice."


class PasswordWrong(Unauthenticated):
    """Whoever sits at the screen must know the present password to set another."""

    code = "password.wrong"
    sentence = "The present password is not right. Nothing was changed."


def plain(password: str) -> str:
    """Return the one form in which a password is hashed, however a keyboard composed it."""
    return unicodedata.normalize("NFKC", password)


def why_bad(
    person: Person, wished: str
) -> PasswordTooShort | PasswordTooLong | PasswordTooPlain | None:
    """Return why a password is refused: too short, too long, or among the first to be tried."""
    letters = plain(wished)
    if len(letters) < LEAST_LETTERS:
        return PasswordTooShort(least=LEAST_LETTERS)
    if len(letters) > MOST_LETTERS:
        return PasswordTooLong(most=MOST_LETTERS)
    known = {person.login.casefold(), person.name.casefold()}
    if letters.casefold() in known or len(set(letters)) < LEAST_LETTERS // 3:
        return PasswordTooPlain()
    return None
