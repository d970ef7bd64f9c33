"""Mailing: each worker sends what is due in the outbox, one mail a transaction.

The mail's row is locked while it is sent, and written as sent in the same transaction: two workers
never send the same one, and what a worker had begun when it died is sent again. So each mail is
sent at least once, and has one and the same Message-ID each time.
"""

from dataclasses import dataclass

from liftlock.books import Books, Transaction
from liftlock.domain.mailings import Mailing
from liftlock.notifiers.notifier import (
    Message,
    MessagePutOff,
    MessageRefused,
    Notifier,
    NotifierUnavailable,
)
from liftlock.services import mailings
from liftlock.telemetry import log


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Where mail is handed over, and where its links lead."""

    notifier: Notifier
    console: str
    """The address that people open the console by."""


def deliver(books: Books, mail: Mail) -> int:
    """Send what is due, until there is no more or nothing can be sent; return how many were."""
    settled = 0
    while True:
        with books.transaction() as tx:
            mailing = mailings.take(tx)
            if mailing is None or not _send(tx, mailing, mail):
                return settled
        settled += 1


def _send(tx: Transaction, mailing: Mailing, mail: Mail) -> bool:
    """Send one mail and write what came of it; say whether others may be sent."""
    try:
        mail.notifier.send(_message(mailing, mail.console))
    except MessageRefused as refused:
        log.warning("mail.given_up", notification=mailing.notification, **refused.fields)
        mailings.give_up(tx, mailing, refused.code)
    except MessagePutOff as refused:
        log.info("mail.put_off", notification=mailing.notification, **refused.fields)
        mailings.put_off(tx, mailing, refused.code)
    except NotifierUnavailable as refused:
        log.warning("mail.not_sent", notification=mailing.notification, **refused.fields)
        mailings.put_off(tx, mailing, refused.code)
        return False
    except Exception as error:  # noqa: BLE001  a bug that one mail meets must not stop the others
        log.error("mail.broke", notification=mailing.notification, kind=type(error).__name__)
        mailings.put_off(tx, mailing, "bug")
    else:
        log.info("mail.sent", notification=mailing.notification)
        mailings.sent(tx, mailing)
    return True


def _message(mailing: Mailing, console: str) -> Message:
    return Message(
        to=mailing.address,
        subject=mailing.subject,
        text=mailing.text(console),
        at=mailing.told_at,
        token=mailing.token,
    )
