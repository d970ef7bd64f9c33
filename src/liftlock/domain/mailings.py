"""Mailings: notifications on their way to mailboxes, tried again until they are taken. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liftlock.domain.notifications import NotificationId

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(days=3)
"""A mail that could not be sent for so long is not sent any more; the inbox has it."""


class MailingState(StrEnum):
    """What has become of it."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """A notification with all that its mail says."""

    notification: NotificationId
    address: str
    """As the person has it now; empty when it was taken away since."""
    organisation: str
    """The organisation's title."""
    title: str
    said: str
    page: str
    """The address of the page that it is about, below the console's own."""
    zone: str
    """The platform's, in which times are said."""
    installation: str
    told_at: datetime
    tries: int

    @property
    def subject(self) -> str:
        """Return its subject, in one line: *[Acme] Move to Staging 7 is canceled*."""
        return " ".join(f"[{self.organisation}] {self.title}".split())

    @property
    def token(self) -> str:
        """Return what a mail that is sent twice has in common with itself, so that it is seen."""
        return f"notification-{self.notification}.{self.installation}"

    def text(self, console: str) -> str:
        """Return what it says, with a link to the page; `console` is the console's address."""
        return (
            f"{self.title}\n\n{self.said}\n\n{console.rstrip('/')}{self.page}\n\n"
            f"-- \nLiftlock, for {self.organisation}. Times are those of {self.zone}.\n"
            "You are told because you must act, or are concerned. All messages: "
            f"{console.rstrip('/')}/inbox\n"
        )

    def is_too_old(self, now: datetime) -> bool:
        """Tell whether nobody is helped any more by sending it."""
        return now - self.told_at >= GIVEN_UP_AFTER

    def next_try_at(self, now: datetime) -> datetime:
        """Return when it is tried again after one more try in vain: later each time."""
        doublings = min(self.tries, 16)
        return now + min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)
