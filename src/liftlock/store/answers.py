"""Answers in the books: locked with the master key, for one may hold a key that is shown once."""

import json
from datetime import datetime
from typing import LiteralString, TypedDict, cast

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.answers import Answer, AnswerKept, RequestDigest
from liftlock.domain.people import PersonId

# Held until the transaction ends, whichever way: a crash lets go of it, too.
TAKE: LiteralString = """
    SELECT pg_try_advisory_xact_lock(
             hashtextextended('liftlock.answers:' || %(person)s::bigint || ':'
                              || encode(%(key)s, 'hex'), 0))
"""

LOAD: LiteralString = """
    SELECT request_digest, answer
      FROM answers
     WHERE person_id = %(person)s AND key_digest = %(key)s AND answered_at >= %(since)s
"""

ADD: LiteralString = """
    INSERT INTO answers (person_id, key_digest, request_digest, answer, answered_at)
    VALUES (%(person)s, %(key)s, %(request)s, %(answer)s, %(now)s)
"""

FORGET: LiteralString = "DELETE FROM answers WHERE answered_at < %(before)s"


class _Written(TypedDict):
    status: int
    headers: dict[str, str]
    body: str


def take(tx: Transaction, person: PersonId, key: bytes) -> bool:
    """Let nobody else use a person's key until this transaction ends; false: somebody does."""
    rows: list[tuple[bool]] = tx.connection.execute(TAKE, _of(person, key)).fetchall()
    return rows[0][0]


def load(tx: Transaction, person: PersonId, key: bytes, since: datetime) -> AnswerKept | None:
    """Return what was answered with a key since then. Raises: WrongMasterKey."""
    fields = {**_of(person, key), "since": since}
    row: tuple[bytes, bytes] | None = tx.connection.execute(LOAD, fields).fetchone()
    if row is None:
        return None
    text = tx.secrets.unlock(row[1]).get_secret_value()
    written = cast("_Written", json.loads(text))
    return AnswerKept(request=RequestDigest(row[0]), answer=Answer(**written))


def add(tx: Transaction, person: PersonId, key: bytes, kept: AnswerKept) -> None:
    """Write an answer down; there is none of this key."""
    answer = kept.answer
    written = _Written(status=answer.status, headers=dict(answer.headers), body=answer.body)
    fields = {
        **_of(person, key),
        "request": kept.request,
        "answer": tx.secrets.lock(SecretStr(json.dumps(written))),
        "now": tx.now,
    }
    tx.connection.execute(ADD, fields)


def forget(tx: Transaction, before: datetime) -> None:
    """Delete what was answered before an instant."""
    tx.connection.execute(FORGET, {"before": before})


def _of(person: PersonId, key: bytes) -> dict[str, object]:
    return {"person": person, "key": key}
