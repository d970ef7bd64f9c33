"""What a notifier is, what it sends, and the three ways in which that can fail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from liftlock.errors import Invalid, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Plain words for one person."""

    to: str
    """The person's address."""
    subject: str
    """One line."""
    text: str
    at: datetime
    """When it was said: of a message that is sent twice, the same."""
    token: str
    """What tells a message that is sent twice from another one: letters, digits, `-` and `.`."""


class Notifier(Protocol):
    """Sends a message to one person; returns once somebody else has taken charge of it."""

    def send(self, message: Message) -> None:
        """Send it.

        It may be sent twice, when the answer was lost; never is it lost without an error.

        Raises:
            NotifierUnavailable: nothing can be sent now; others would fare the same.
            MessagePutOff: this one is not taken now, another may be.
            MessageRefused: this one will never be taken.
        """
        ...

    def check(self) -> None:
        """Go as far as one can without sending anything. Raises: NotifierUnavailable."""
        ...


class NotifierUnavailable(Unavailable):
    """The server that messages go to does not do its part."""

    code = "notifier.unavailable"
    sentence = "Messages cannot be sent to {server} now ({reason}). They are tried again."


class MessagePutOff(Unavailable):
    """The server wants this message later."""

    code = "notifier.message_put_off"
    sentence = "{server} does not take this message now ({reason}). It is tried again."


class MessageRefused(Invalid):
    """The server will not take this message, or nobody can be reached at such an address."""

    code = "notifier.message_refused"
    sentence = "{server} does not take this message ({reason}). Correct the person's address."
