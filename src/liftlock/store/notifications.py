"""Notifications in the books: an outbox, written with a change, sent once it is committed."""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.notifications import Notification, NotificationId
from liftlock.domain.people import PersonId

ADD: LiteralString = """
    INSERT INTO notifications (organisation_id, person_id, move_id, tag, said, created_at)
    VALUES (%(organisation)s, %(to)s, %(move)s, %(tag)s, %(said)s, %(now)s)
"""

OF_PERSON: LiteralString = """
    SELECT id, person_id, tag, said, created_at, move_id
      FROM notifications
     WHERE person_id = %(person)s
     ORDER BY id DESC
     LIMIT %(at_most)s
"""


class NotificationRow(TypedDict):
    """The columns of `OF_PERSON`."""

    id: int
    person_id: int
    tag: str
    said: str
    created_at: datetime
    move_id: int | None


def as_notification(**row: Unpack[NotificationRow]) -> Notification:
    """Make a notification of a row."""
    move = row["move_id"]
    return Notification(
        id=NotificationId(row["id"]),
        to=PersonId(row["person_id"]),
        tag=Tag(row["tag"]),
        said=row["said"],
        created_at=row["created_at"],
        move=None if move is None else MoveId(move),
    )


def add(tx: Transaction, to: PersonId, tag: Tag, move: Move, said: str) -> None:
    """Write that a person is to be told something about a move."""
    fields = {
        "organisation": move.organisation,
        "to": to,
        "move": move.id,
        "tag": tag,
        "said": said,
        "now": tx.now,
    }
    tx.connection.execute(ADD, fields)


def of_person(tx: Transaction, person: PersonId, at_most: int = 50) -> list[Notification]:
    """Return what a person was told, latest first."""
    fields = {"person": person, "at_most": at_most}
    with tx.connection.cursor(row_factory=kwargs_row(as_notification)) as cursor:
        return cursor.execute(OF_PERSON, fields).fetchall()
