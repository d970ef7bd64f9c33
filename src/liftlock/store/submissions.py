"""Forms that were taken, in the books: the first of two that come at once goes on alone."""

from datetime import datetime
from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.people import PersonId
from liftlock.domain.submissions import SubmissionDigest

TAKE: LiteralString = """
    INSERT INTO submissions (digest, person_id, submitted_at)
    VALUES (%(digest)s, %(person)s, %(now)s)
    ON CONFLICT ON CONSTRAINT submissions_pkey DO NOTHING
"""

LOCATION: LiteralString = """
    SELECT location FROM submissions WHERE digest = %(digest)s AND person_id = %(person)s
"""

ANSWER: LiteralString = "UPDATE submissions SET location = %(location)s WHERE digest = %(digest)s"

GIVE_BACK: LiteralString = "DELETE FROM submissions WHERE digest = %(digest)s"

FORGET: LiteralString = "DELETE FROM submissions WHERE submitted_at < %(before)s"


def take(tx: Transaction, digest: SubmissionDigest, person: PersonId) -> bool:
    """Take a form; false when it was taken before. Waits for one that is being carried out."""
    fields = {"digest": digest, "person": person, "now": tx.now}
    return tx.connection.execute(TAKE, fields).rowcount == 1


def location(tx: Transaction, digest: SubmissionDigest, person: PersonId) -> str:
    """Return where the one that was taken led to; empty for another person's."""
    fields = {"digest": digest, "person": person}
    row: tuple[str] | None = tx.connection.execute(LOCATION, fields).fetchone()
    return row[0] if row else ""


def answer(tx: Transaction, digest: SubmissionDigest, where: str) -> None:
    """Write where the form has led to."""
    tx.connection.execute(ANSWER, {"digest": digest, "location": where})


def give_back(tx: Transaction, digest: SubmissionDigest) -> None:
    """Let the form be taken again."""
    tx.connection.execute(GIVE_BACK, {"digest": digest})


def forget(tx: Transaction, before: datetime) -> None:
    """Delete what was taken before an instant."""
    tx.connection.execute(FORGET, {"before": before})
