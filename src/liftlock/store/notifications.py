"""Notifications in the books: what people were told, and whether they have read it.

Whoever has an address gets a row of the outbox besides, by the same statement.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import MoveId
from liftlock.domain.notifications import Notification, NotificationId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId

# Whoever has lost every role since is told nothing any more.
ADD: LiteralString = """
      WITH told AS (
           INSERT INTO notifications (organisation_id, person_id, move_id, repository, tag, title,
                                      said, created_at)
           SELECT %(organisation)s, people.id, %(move)s, %(repository)s, %(tag)s, %(title)s,
                  %(said)s, %(now)s
             FROM people
            WHERE people.id = ANY (%(to)s)
              AND EXISTS (SELECT FROM grants WHERE grants.person_id = people.id)
            ORDER BY people.id
        RETURNING id, person_id)
    INSERT INTO mailings (notification_id, state, next_try_at)
    SELECT told.id, 'waiting', %(now)s
      FROM told
      JOIN people ON people.id = told.person_id
     WHERE people.email <> ''
"""

OF_PERSON: LiteralString = """
    SELECT id, person_id, tag, title, said, created_at, move_id, repository, read_at
      FROM notifications
     WHERE person_id = %(person)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
     ORDER BY id DESC
     LIMIT %(at_most)s
"""

UNREAD: LiteralString = """
    SELECT count(*) FROM notifications WHERE person_id = %(person)s AND read_at IS NULL
"""

READ: LiteralString = """
    UPDATE notifications
       SET read_at = coalesce(read_at, %(now)s)
     WHERE person_id = %(person)s AND id = %(id)s
 RETURNING id, person_id, tag, title, said, created_at, move_id, repository, read_at
"""

READ_ALL: LiteralString = """
    UPDATE notifications
       SET read_at = %(now)s
     WHERE person_id = %(person)s AND read_at IS NULL AND id <= %(up_to)s
"""


# A part at a time, oldest first; their numbers grow with time.
FORGET: LiteralString = """
      WITH oldest AS (SELECT id, created_at FROM notifications ORDER BY id LIMIT 5000),
           mails AS (
           DELETE FROM mailings
            WHERE notification_id IN (SELECT id FROM oldest WHERE created_at < %(before)s))
    DELETE FROM notifications
     WHERE id IN (SELECT id FROM oldest WHERE created_at < %(before)s)
"""


class NotificationRow(TypedDict):
    """The columns of `OF_PERSON`."""

    id: int
    person_id: int
    tag: str
    title: str
    said: str
    created_at: datetime
    move_id: int | None
    repository: str | None
    read_at: datetime | None


def as_notification(**row: Unpack[NotificationRow]) -> Notification:
    """Make a notification of a row."""
    move = row["move_id"]
    return Notification(
        id=NotificationId(row["id"]),
        to=PersonId(row["person_id"]),
        tag=Tag(row["tag"]),
        title=row["title"],
        said=row["said"],
        created_at=row["created_at"],
        move=None if move is None else MoveId(move),
        repository=row["repository"],
        read_at=row["read_at"],
    )


def add(
    tx: Transaction,
    organisation: OrganisationId,
    to: Iterable[PersonId],
    tag: Tag,
    *,
    title: str,
    said: str,
    move: MoveId | None = None,
    repository: str | None = None,
) -> None:
    """Write that these people are to be told something, each once, on the page and by mail."""
    fields = {
        "organisation": organisation,
        "to": list(set(to)),
        "tag": tag,
        "title": title,
        "said": said,
        "move": move,
        "repository": repository,
        "now": tx.now,
    }
    tx.connection.execute(ADD, fields)


def of_person(
    tx: Transaction,
    person: PersonId,
    *,
    before: NotificationId | None = None,
    at_most: int = 50,
) -> list[Notification]:
    """Return what a person was told, latest first, below `before`."""
    fields = {"person": person, "before": before, "at_most": at_most}
    with tx.connection.cursor(row_factory=kwargs_row(as_notification)) as cursor:
        return cursor.execute(OF_PERSON, fields).fetchall()


def unread(tx: Transaction, person: PersonId) -> int:
    """Return how much of what a person was told is unread."""
    rows: list[tuple[int]] = tx.connection.execute(UNREAD, {"person": person}).fetchall()
    return rows[0][0]


def read(tx: Transaction, person: PersonId, id_: NotificationId) -> Notification | None:
    """Write that a person has read something, and return it; None when it is not theirs."""
    fields = {"person": person, "id": id_, "now": tx.now}
    with tx.connection.cursor(row_factory=kwargs_row(as_notification)) as cursor:
        return cursor.execute(READ, fields).fetchone()


def read_all(tx: Transaction, person: PersonId, up_to: NotificationId) -> int:
    """Write that a person has read everything up to this one; return how much was unread."""
    fields = {"person": person, "up_to": up_to, "now": tx.now}
    return tx.connection.execute(READ_ALL, fields).rowcount


def forget(tx: Transaction, before: datetime) -> int:
    """Delete what people were told before this, and its mail, a part at a time; return how much."""
    return tx.connection.execute(FORGET, {"before": before}).rowcount
