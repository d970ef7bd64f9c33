"""The outbox in the books: one row a mail, locked while a worker sends it."""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.mailings import Mailing, MailingState
from liftlock.domain.moves import MoveId
from liftlock.domain.notifications import NotificationId, page_about

# Each worker takes what no other is sending; whoever dies with it leaves it as it was.
NEXT_DUE: LiteralString = """
    SELECT notifications.id, people.email, organisations.title AS organisation,
           notifications.title, notifications.said, notifications.move_id,
           notifications.repository, installations.zone, installations.name AS installation,
           notifications.created_at, mailings.tries
      FROM mailings
      JOIN notifications ON notifications.id = mailings.notification_id
      JOIN people ON people.id = notifications.person_id
      JOIN organisations ON organisations.id = notifications.organisation_id
     CROSS JOIN installations
     WHERE mailings.state = 'waiting' AND mailings.next_try_at <= %(now)s
     ORDER BY mailings.next_try_at, mailings.notification_id
     LIMIT 1
       FOR UPDATE OF mailings SKIP LOCKED
"""

END: LiteralString = """
    UPDATE mailings
       SET state = %(state)s, tries = tries + 1, ended_at = %(now)s, trouble = %(trouble)s
     WHERE notification_id = %(id)s AND state = 'waiting'
"""

PUT_OFF: LiteralString = """
    UPDATE mailings
       SET tries = tries + 1, next_try_at = %(next)s, trouble = %(trouble)s
     WHERE notification_id = %(id)s AND state = 'waiting'
"""


class MailingRow(TypedDict):
    """The columns of `NEXT_DUE`."""

    id: int
    email: str
    organisation: str
    title: str
    said: str
    move_id: int | None
    repository: str | None
    zone: str
    installation: str
    created_at: datetime
    tries: int


def as_mailing(**row: Unpack[MailingRow]) -> Mailing:
    """Make a mailing of a row."""
    move = row["move_id"]
    return Mailing(
        notification=NotificationId(row["id"]),
        address=row["email"],
        organisation=row["organisation"],
        title=row["title"],
        said=row["said"],
        page=page_about(None if move is None else MoveId(move), row["repository"]),
        zone=row["zone"],
        installation=row["installation"],
        told_at=row["created_at"],
        tries=row["tries"],
    )


def next_due(tx: Transaction) -> Mailing | None:
    """Lock and return the mail that has waited longest and that nobody else is sending."""
    with tx.connection.cursor(row_factory=kwargs_row(as_mailing)) as cursor:
        return cursor.execute(NEXT_DUE, {"now": tx.now}).fetchone()


def end(tx: Transaction, mailing: Mailing, state: MailingState, trouble: str = "") -> None:
    """Write what has become of a mail; `trouble` is the code of the refusal that ended it."""
    fields = {"id": mailing.notification, "state": state, "now": tx.now, "trouble": trouble}
    tx.connection.execute(END, fields)


def put_off(tx: Transaction, mailing: Mailing, trouble: str) -> None:
    """Write that a mail could not be sent, and when it is tried again."""
    fields = {
        "id": mailing.notification,
        "next": mailing.next_try_at(tx.now),
        "trouble": trouble,
    }
    tx.connection.execute(PUT_OFF, fields)
