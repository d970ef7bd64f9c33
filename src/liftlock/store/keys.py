"""API keys in the books: their SHA-256 alone, which finds a key and does not give it away."""

from datetime import datetime
from typing import LiteralString

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.keys import Key, KeyId
from liftlock.domain.people import PersonId
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO keys (person_id, name, digest, created_at)
    VALUES (%(person)s, %(name)s, %(digest)s, %(now)s)
 RETURNING id
"""

OWNER: LiteralString = """
    SELECT person_id
      FROM keys
     WHERE digest = %(digest)s AND revoked_at IS NULL
"""

REVOKE: LiteralString = """
    UPDATE keys
       SET revoked_at = %(now)s
     WHERE person_id = %(person)s AND id = %(id)s AND revoked_at IS NULL
"""

OF_PERSON: LiteralString = """
    SELECT id, name, created_at
      FROM keys
     WHERE person_id = %(person)s AND revoked_at IS NULL
     ORDER BY id
"""


def as_key(
    *,
    id: int,  # noqa: A002  the column's name
    name: str,
    created_at: datetime,
) -> Key:
    """Make a key of a row."""
    return Key(id=KeyId(id), name=name, created_at=created_at)


def add(tx: Transaction, person: PersonId, name: str, digest: bytes) -> KeyId:
    """Write a new key.

    Raises:
        KeyNameTaken: the person has one of this name.
    """
    fields = {"person": person, "name": name, "digest": digest, "now": tx.now}
    rows: list[tuple[int]] = constraints.write(tx, ADD, fields).fetchall()
    return KeyId(rows[0][0])


def owner(tx: Transaction, digest: bytes) -> PersonId | None:
    """Return whose key has this digest; None for a revoked one."""
    row: tuple[int] | None = tx.connection.execute(OWNER, {"digest": digest}).fetchone()
    return PersonId(row[0]) if row else None


def revoke(tx: Transaction, person: PersonId, id_: KeyId) -> bool:
    """Revoke a key of this person; false when there is none."""
    cursor = tx.connection.execute(REVOKE, {"person": person, "id": id_, "now": tx.now})
    return cursor.rowcount == 1


def of_person(tx: Transaction, person: PersonId) -> list[Key]:
    """Return a person's keys, oldest first."""
    with tx.connection.cursor(row_factory=kwargs_row(as_key)) as cursor:
        return cursor.execute(OF_PERSON, {"person": person}).fetchall()
