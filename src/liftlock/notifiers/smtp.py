"""Mail by SMTP: encrypted and with the server's certificate checked, unless the operator says no.

Told by one URL: `smtp://NAME:PASSWORD@HOST:PORT?from=ADDRESS` upgrades the connection (STARTTLS),
`smtps://…` encrypts it from its first byte. `&ca=FILE` names the certificates to trust besides the
system's; `&tls=off` sends in plain, and then never a password beyond this machine.
"""

import smtplib
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from liftlock.errors import Invalid
from liftlock.notifiers.notifier import (
    Message,
    MessagePutOff,
    MessageRefused,
    NotifierUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Generator

WITHIN_S = 15.0
"""How long the server may take for each of its answers."""
FOR_GOOD = 500
"""From this reply code on, the server will not think otherwise later."""
PORTS = {"smtp": 587, "smtps": 465}
KNOWN = frozenset({"from", "ca", "tls"})
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class MailUrlUnfit(Invalid):
    """The setting that says where mail goes cannot be used."""

    code = "mail.url_unfit"
    sentence = (
        "LIFTLOCK_MAIL_URL cannot be used: {problem}. "
        "Write it as smtp://NAME:PASSWORD@HOST:587?from=liftlock@example.com"
    )


class Security(StrEnum):
    """How a connection is kept from being read and changed on its way."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))
    ca_file: str | None = None

    @property
    def said(self) -> str:
        """Return how it is called in a refusal."""
        return f"the mail server {self.host}:{self.port}"


def mail_server(url: SecretStr) -> MailServer:
    """Read the URL of a mail server. Raises: MailUrlUnfit, which repeats nothing of it."""
    try:
        parts = urlsplit(url.get_secret_value())
        port = parts.port
    except ValueError:
        raise MailUrlUnfit(problem="it is no URL") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise MailUrlUnfit(problem="it does not begin with smtp:// or smtps:// and a host")
    said = dict(parse_qsl(parts.query))
    if said.keys() - KNOWN or said.get("tls", "off") != "off":
        raise MailUrlUnfit(problem="after the question mark only from, ca and tls=off are known")
    if not _is_address(said.get("from", "")):
        raise MailUrlUnfit(problem="it lacks from= with the address that mail comes from")
    server = MailServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        security=_security(parts.scheme, said),
        sender=said["from"],
        user=unquote(parts.username or ""),
        password=SecretStr(unquote(parts.password or "")),
        ca_file=said.get("ca"),
    )
    if not (server.user + server.password.get_secret_value()).isascii():
        raise MailUrlUnfit(problem="name and password can have ASCII letters only")
    if server.security is Security.NONE and server.user and server.host not in THIS_MACHINE:
        raise MailUrlUnfit(problem="with tls=off a password would be sent in plain")
    return server


def _security(scheme: str, said: dict[str, str]) -> Security:
    if scheme == "smtps":
        return Security.TLS
    return Security.NONE if "tls" in said else Security.STARTTLS


class SmtpNotifier:
    """Hands each message to a mail server, over a connection of its own."""

    def __init__(self, server: MailServer, within_s: float = WITHIN_S) -> None:
        self._server = server
        self._within_s = within_s

    def send(self, message: Message) -> None:
        """Send it; returns once the server has said that it has it.

        Raises:
            NotifierUnavailable: no connection, no encryption, no such login, or no answer.
            MessagePutOff, MessageRefused: the server does not want this message, now or ever.
        """
        if not _is_address(message.to):
            raise MessageRefused(server=self._server.said, reason="no mail address")
        written = _written(message, self._server.sender)
        with self._connected() as connection:
            self._hand_over(connection, written)

    def check(self) -> None:
        """Connect and log in, and send nothing. Raises: NotifierUnavailable."""
        with self._connected() as connection:
            _ = connection.noop()

    def _hand_over(self, connection: smtplib.SMTP, written: EmailMessage) -> None:
        try:
            _ = connection.send_message(written)
        except smtplib.SMTPRecipientsRefused as refused:
            code = max(code for code, _ in refused.recipients.values())
            raise self._not_taken(code) from None
        except smtplib.SMTPSenderRefused as refused:
            raise self._unavailable(_trouble(refused)) from None
        except smtplib.SMTPResponseException as refused:
            raise self._not_taken(refused.smtp_code) from None
        except smtplib.SMTPNotSupportedError:  # an address that is not ASCII
            raise self._not_taken(FOR_GOOD) from None
        except (smtplib.SMTPException, OSError) as error:
            raise self._unavailable(_trouble(error)) from None

    def _not_taken(self, code: int) -> MessagePutOff | MessageRefused:
        kind = MessageRefused if code >= FOR_GOOD else MessagePutOff
        return kind(server=self._server.said, reason=f"reply {code}")

    def _unavailable(self, reason: str) -> NotifierUnavailable:
        return NotifierUnavailable(server=self._server.said, reason=reason)

    @contextmanager
    def _connected(self) -> "Generator[smtplib.SMTP]":
        try:
            connection = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise self._unavailable(_trouble(error)) from None
        try:
            yield connection
        finally:
            _end(connection)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        trusted = ssl.create_default_context()
        if server.ca_file:
            trusted.load_verify_locations(server.ca_file)
        if server.security is Security.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._within_s, context=trusted
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self._within_s)
        try:
            if server.security is Security.STARTTLS:
                _ = connection.starttls(context=trusted)
            if server.user:
                _ = connection.login(server.user, server.password.get_secret_value())
        except BaseException:
            connection.close()
            raise
        return connection


def _trouble(error: smtplib.SMTPException | OSError) -> str:
    """Say what went wrong without the server's words: these may repeat what it was told."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return "it does not accept the login"
        case smtplib.SMTPSenderRefused():
            return f"it refuses the sender with reply {error.smtp_code}"
        case smtplib.SMTPNotSupportedError():
            return "it offers no encryption, or no login"
        case ssl.SSLCertVerificationError():
            return "its certificate is not trusted"
        case ssl.SSLError():
            return "no encryption could be agreed on"
        case _:
            return type(error).__name__


def _end(connection: smtplib.SMTP) -> None:
    """Take leave; the server has the message, or has said that it has not."""
    try:
        _ = connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()


def _written(message: Message, sender: str) -> EmailMessage:
    written = EmailMessage()
    written["From"] = f"Liftlock <{sender}>"
    written["To"] = message.to
    written["Subject"] = message.subject
    written["Date"] = format_datetime(message.at)
    written["Message-ID"] = f"<{message.token}@{sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(message.text, cte="quoted-printable")
    return written


def _is_address(text: str) -> bool:
    """Tell whether a text can stand as the address of one mailbox; nothing else can hide in it."""
    local, _, domain = text.rpartition("@")
    is_plain = text.isprintable() and not {*text} & {*' ,;:<>()[]"\\'}
    return bool(local and domain) and "@" not in local and is_plain
