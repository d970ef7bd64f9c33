"""The outbox: what workers ask of it, and tell it; each mail in a transaction of its own."""

from liftlock.books import Transaction
from liftlock.domain.mailings import Mailing, MailingState
from liftlock.store import mailings


def take(tx: Transaction) -> Mailing | None:
    """Return a mail that is due, which nobody else sends while `tx` lasts; None: there is none.

    One whose person has no address any more, or that nobody is helped by any more, is given up.
    """
    while (found := mailings.next_due(tx)) is not None:
        if found.address and not found.is_too_old(tx.now):
            return found
        trouble = "mailing.too_old" if found.address else "mailing.no_address"
        mailings.end(tx, found, MailingState.GIVEN_UP, trouble)
    return None


def sent(tx: Transaction, mailing: Mailing) -> None:
    """Note that the mail server has a mail."""
    mailings.end(tx, mailing, MailingState.SENT)


def put_off(tx: Transaction, mailing: Mailing, trouble: str) -> None:
    """Note that a mail could not be sent; it is tried again, later each time.

    `trouble` is the code of what stood in the way.
    """
    mailings.put_off(tx, mailing, trouble)


def give_up(tx: Transaction, mailing: Mailing, trouble: str) -> None:
    """Note that a mail will never be taken; the person's inbox has the message."""
    mailings.end(tx, mailing, MailingState.GIVEN_UP, trouble)
