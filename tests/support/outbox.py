"""An organisation whose people have addresses, and workers that send what they are told."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from acme_books import MakeOrganisation, administrator
from blind import register_blindly
from liftlock.books import Books, Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person
from liftlock.notifiers.notifier import Message
from liftlock.notifiers.smtp import SmtpNotifier, mail_server
from liftlock.services import notifications
from liftlock.store import master_keys
from liftlock.store.master_keys import MasterKey
from liftlock.workflows import mailing
from liftlock.workflows.mailing import Mail
from mail_server import MailServerOfTest
from own_books import books_at

CONSOLE = "https://liftlock.acme.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What a test tells to whom, and the mail server that it goes to."""

    books: Books
    url: SecretStr
    key: MasterKey
    key_path: Path
    server: MailServerOfTest
    organisation: Organisation
    staging: Environment
    ben: Person
    dora: Person
    """Administer Staging. Both have an address."""
    carl: Person
    """Administers it, too, and has none."""

    @property
    def mail(self) -> Mail:
        return mail_to(self.server.url())

    def tell(self, said: str, to: Person | None = None) -> None:
        """Tell Staging's administrators something, or one of them."""
        with self.books.transaction() as tx:
            self.tell_in(tx, said, to)

    def tell_in(self, tx: Transaction, said: str, to: Person | None = None) -> None:
        notifications.tell_of_policy(
            tx,
            Tag.POLICY_SUBMITTED,
            self.staging,
            "customers",
            said,
            to=None if to is None else to.id,
        )

    def deliver(self) -> int:
        """Send what is due now."""
        return mailing.deliver(self.books, self.mail)

    def deliver_later(self, by: timedelta) -> int:
        """Send what is due at a later time."""
        with self.later(by) as books:
            return mailing.deliver(books, self.mail)

    @contextmanager
    def later(self, by: timedelta) -> Generator[Books]:
        """Open the books at a time after now."""
        with self.books.transaction() as tx:
            now = tx.now
        with books_at(self.url, self.key, now + by) as books:
            yield books

    def rows(self) -> list[tuple[str, int, str]]:
        """Return state, tries and trouble of every mail, in the order of their notifications."""
        with self.books.transaction() as tx:
            found = tx.connection.execute(
                "SELECT state, tries, trouble FROM mailings ORDER BY notification_id"
            )
            return found.fetchall()


def mail_to(url: str) -> Mail:
    """Return a way out by a mail server."""
    server = mail_server(SecretStr(url))
    return Mail(notifier=SmtpNotifier(server, within_s=5), console=CONSOLE)


class DiesAfterSending:
    """A notifier whose process dies between sending and writing that it has sent."""

    def __init__(self, url: str) -> None:
        self._sends = mail_to(url).notifier

    def check(self) -> None:
        self._sends.check()

    def send(self, message: Message) -> None:
        self._sends.send(message)
        os.kill(os.getpid(), signal.SIGKILL)


def deliver_and_die(books_url: str, key: Path, mail_url: str) -> None:
    """Be a worker that is killed right after it has sent a mail."""
    books = Books(SecretStr(books_url), master_keys.read(key), pool_size=1)
    _ = mailing.deliver(books, Mail(notifier=DiesAfterSending(mail_url), console=CONSOLE))


@pytest.fixture
def outbox(
    books_url: SecretStr,
    master_key: MasterKey,
    master_key_path: Path,
    make_organisation: MakeOrganisation,
    mail_server: MailServerOfTest,
) -> Outbox:
    with make_organisation.books.transaction() as tx:
        organisation = make_organisation.organisation(tx, "acme")
        staging = register_blindly(tx, organisation, Kind.STAGING)
        ben, dora, carl = (
            make_organisation.person(tx, organisation, name, *administrator(staging.id))
            for name in ("Ben", "Dora", "Carl")
        )
        for person in (ben, dora):
            address = f"{person.name.lower()}@acme.example"
            given = (address, person.id)
            _ = tx.connection.execute("UPDATE people SET email = %s WHERE id = %s", given)
    return Outbox(
        books=make_organisation.books,
        url=books_url,
        key=master_key,
        key_path=master_key_path,
        server=mail_server,
        organisation=organisation,
        staging=staging,
        ben=ben,
        dora=dora,
        carl=carl,
    )
