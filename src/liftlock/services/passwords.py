"""Passwords: a code to begin with, given once; then each person's own, which nobody else sets."""

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.passwords import (
    CODE_LASTS,
    PasswordNotRepeated,
    PasswordWrong,
    require_good,
)
from liftlock.domain.people import Person, PersonId, PersonNotFound, Role
from liftlock.domain.sessions import Session
from liftlock.identity import local_passwords, who_may
from liftlock.store import audit_events, passwords, people, sessions


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
    tx: Transaction, who: Person, session: Session, *, present: SecretStr, wished: SecretStr,
    again: SecretStr,
) -> None:  # fmt: skip
    """Set one's own password; a code is used up, and all other sessions of the person end.

    `present` is not asked of whoever came in by a code.

    Raises: PasswordWrong, PasswordNotRepeated, PasswordTooShort, PasswordTooLong,
        PasswordTooPlain.
    """
    if wished.get_secret_value() != again.get_secret_value():
        raise PasswordNotRepeated
    require_good(who, wished.get_secret_value())
    if not session.must_set_password:
        _require_present(tx, who, present)
    passwords.save(tx, who.id, local_passwords.hash_of(wished))
    _ = sessions.end_of_person(tx, who.id, None)
    audit_events.append(tx, Tag.PASSWORD_SET, who.organisation, who.id, fields={"login": who.login})


def with_password(tx: Transaction, who: Person, of: tuple[Person, ...]) -> frozenset[PersonId]:
    """Return which of these people have set a password; to others than operators, none is said."""
    if Role.OPERATOR not in who.roles:
        return frozenset()
    return passwords.with_password(tx, [person.id for person in of])


def _require_present(tx: Transaction, who: Person, present: SecretStr) -> None:
    known = passwords.of_person(tx, who.id)
    if known is None or known.hash is None or not local_passwords.matches(known.hash, present):
        raise PasswordWrong


def _new_code(tx: Transaction, by: PersonId | None, person: Person) -> SecretStr:
    code = local_passwords.new_code()
    until = tx.now + CODE_LASTS
    passwords.save_code(tx, person.id, local_passwords.code_digest(code), until)
    _ = sessions.end_of_person(tx, person.id, None)
    fields: dict[str, str | int | bool] = {"login": person.login}
    audit_events.append(tx, Tag.SIGN_IN_CODE_ISSUED, person.organisation, by, fields=fields)
    return code
