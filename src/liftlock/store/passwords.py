"""Passwords in the books: the argon2id hash, or a first code's SHA-256; never themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.people import PersonId
from liftlock.store import constraints

OF_LOGIN: LiteralString = """
    SELECT people.id AS person, hash, code_digest, code_until
      FROM people
      JOIN passwords ON passwords.person_id = people.id
     WHERE people.login = %(login)s
"""

OF_PERSON: LiteralString = """
    SELECT person_id AS person, hash, code_digest, code_until
      FROM passwords
     WHERE person_id = %(person)s
"""

SET: LiteralString = """
    INSERT INTO passwords (person_id, hash, set_at)
    VALUES (%(person)s, %(hash)s, %(now)s)
    ON CONFLICT ON CONSTRAINT passwords_pkey DO UPDATE
       SET hash = excluded.hash, set_at = excluded.set_at, code_digest = NULL, code_until = NULL
"""

SET_CODE: LiteralString = """
    INSERT INTO passwords (person_id, code_digest, code_until)
    VALUES (%(person)s, %(digest)s, %(until)s)
    ON CONFLICT ON CONSTRAINT passwords_pkey DO UPDATE
       SET hash = NULL, set_at = NULL, code_digest = excluded.code_digest,
           code_until = excluded.code_until
"""

HAVE_ONE: LiteralString = """
    SELECT person_id
      FROM passwords
     WHERE person_id = ANY (%(people)s) AND hash IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """What a person can prove themselves with."""

    person: PersonId
    hash: str | None
    code_digest: bytes | None
    code_until: datetime | None


def as_proofs(
    *,
    person: int,
    hash: str | None,  # noqa: A002  the column's name
    code_digest: bytes | None,
    code_until: datetime | None,
) -> Proofs:
    """Make proofs of a row."""
    return Proofs(
        person=PersonId(person), hash=hash, code_digest=code_digest, code_until=code_until
    )


def of_login(tx: Transaction, login: str) -> Proofs | None:
    """Return what somebody can prove to be the owner of a login with."""
    with tx.connection.cursor(row_factory=kwargs_row(as_proofs)) as cursor:
        return cursor.execute(OF_LOGIN, {"login": login}).fetchone()


def of_person(tx: Transaction, person: PersonId) -> Proofs | None:
    """Return what a person can prove themselves with."""
    with tx.connection.cursor(row_factory=kwargs_row(as_proofs)) as cursor:
        return cursor.execute(OF_PERSON, {"person": person}).fetchone()


def save(tx: Transaction, person: PersonId, hashed: str) -> None:
    """Write a person's password; a code of theirs is used up."""
    _ = constraints.write(tx, SET, {"person": person, "hash": hashed, "now": tx.now})


def save_code(tx: Transaction, person: PersonId, digest: bytes, until: datetime) -> None:
    """Write a sign-in code; a password that the person had is gone."""
    _ = constraints.write(tx, SET_CODE, {"person": person, "digest": digest, "until": until})


def with_password(tx: Transaction, people: list[PersonId]) -> frozenset[PersonId]:
    """Return which of these people have set a password."""
    rows: list[tuple[int]] = tx.connection.execute(HAVE_ONE, {"people": people}).fetchall()
    return frozenset(PersonId(id_) for (id_,) in rows)
