"""Passwords: a code to begin with, given once; then each person's own, which nobody else sets."""

from dataclasses import dataclass

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.passwords import (
    CODE_LASTS,
    PasswordNotRepeated,
    PasswordWrong,
    why_bad,
)
from liftlock.domain.people import Person, PersonId, PersonNotFound, Role
from liftlock.domain.sessions import Session
from liftlock.domain.sign_ins import TooManyTries
from liftlock.errors import LiftlockError
from liftlock.identity import local_passwords, who_may
from liftlock.identity.providers import Identified
from liftlock.services import sessions, sign_ins
from liftlock.services.sessions import Visitor
from liftlock.store import audit_events, passwords, people
from liftlock.store import sessions as store_sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What somebody types to set a password."""

    present: SecretStr
    password: SecretStr
    again: SecretStr


def issue_code(tx: Transaction, who: Person, person_id: PersonId) -> SecretStr:
    """Return a new sign-in code for a person, shown this once; their password and sessions end.

    Only operators do: whoever holds a code can act as the person, and four-eyes would mean nothing.

    Raises: NotAllowed, PersonNotFound.
    """
    who_may.require_operator(who)
    person = people.load(tx, person_id)
    if person is None:
        raise PersonNotFound(person=f"person {person_id}")
    return _new_code(tx, who.id, person)


def first_code(tx: Transaction, operator: Person) -> SecretStr:
    """Return the first operator's sign-in code: `liftlock init` alone asks for it."""
    return _new_code(tx, None, operator)


def set_own(
    tx: Transaction, who: Person, session: Session, visitor: Visitor, wished: Wished
) -> SecretStr | LiftlockError:
    """Set one's own password; every session of the person ends, and a new one begins.

    Whoever came in by a code, which is then used up, need not know a present password.

    Returns: the new session's token, or the refusal: PasswordNotRepeated, PasswordTooShort,
        PasswordTooLong, PasswordTooPlain, PasswordWrong, TooManyTries. A wrong present password
        is written as a wrong try to sign in, and must be committed.
    """
    if wished.password.get_secret_value() != wished.again.get_secret_value():
        return PasswordNotRepeated()
    refusal: LiftlockError | None = why_bad(who, wished.password.get_secret_value())
    if refusal is None and not session.must_set_password:
        refusal = _not_present(tx, who, visitor, wished.present)
    if refusal is not None:
        return refusal
    passwords.save(tx, who.id, local_passwords.hash_of(wished.password))
    _ = sessions.end_all(tx, who)
    audit_events.append(tx, Tag.PASSWORD_SET, who.organisation, who.id, fields={"login": who.login})
    return sessions.begin(tx, Identified(person=who.id), visitor)


def with_password(tx: Transaction, who: Person, of: tuple[Person, ...]) -> frozenset[PersonId]:
    """Return which of these people have set a password; to others than operators, none is said."""
    if Role.OPERATOR not in who.roles:
        return frozenset()
    return passwords.with_password(tx, [person.id for person in of])


def _not_present(
    tx: Transaction, who: Person, visitor: Visitor, present: SecretStr
) -> TooManyTries | PasswordWrong | None:
    refusal = sign_ins.too_often(tx, who.login, visitor)
    if refusal is not None:
        return refusal
    known = passwords.of_person(tx, who.id)
    if known and known.hash and local_passwords.matches(known.hash, present):
        return None
    return sign_ins.wrong(tx, who.login, visitor) or PasswordWrong()


def _new_code(tx: Transaction, by: PersonId | None, person: Person) -> SecretStr:
    code = local_passwords.new_code()
    until = tx.now + CODE_LASTS
    passwords.save_code(tx, person.id, local_passwords.code_digest(code), until)
    _ = store_sessions.end_of_person(tx, person.id, None)
    fields: dict[str, str | int | bool] = {"login": person.login}
    audit_events.append(tx, Tag.SIGN_IN_CODE_ISSUED, person.organisation, by, fields=fields)
    return code
