"""A real SMTP server of a test: takes mail, or does not; down and up again at the same port."""

import ssl
from collections.abc import Generator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING, cast

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    import asyncio

NAME, PASSWORD = "liftlock", "p/w:with@everything?#"
FROM = "liftlock@acme.example"


@dataclass(slots=True)
class Mailbox:
    """What has arrived, and what the server does with what comes."""

    arrived: list[EmailMessage] = field(default_factory=list[EmailMessage])
    recipients: list[str] = field(default_factory=list[str])
    replies: dict[str, str] = field(default_factory=dict[str, str])
    """What is answered to a recipient instead of taking the mail: `550 nobody`."""
    data_reply: str | None = None
    hang_up: bool = False
    """Take the mail, and end the connection without an answer."""

    async def handle_RCPT(  # noqa: N802  its name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  its name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del session
        if self.data_reply is not None:
            return self.data_reply
        content = cast("bytes", envelope.content)
        arrived = message_from_bytes(content, policy=policy.default)
        self.arrived.append(arrived)
        self.recipients += envelope.rcpt_tos
        if self.hang_up:
            cast("asyncio.Transport", server.transport).abort()
        return "250 taken"

    def texts(self) -> list[str]:
        """Return what has arrived, as people read it."""
        return [str(each.get_content()).replace("\r\n", "\n") for each in self.arrived]

    def subjects(self) -> list[str]:
        return [str(each["Subject"]) for each in self.arrived]


class MailServerOfTest:
    """One server, at one port of this machine."""

    def __init__(self, ca_file: Path, context: ssl.SSLContext) -> None:
        self.box = Mailbox()
        self.ca_file = ca_file
        self.logins = 0
        self._context = context
        self._controller: Controller | None = None
        with create_server(("127.0.0.1", 0)) as bound:
            self.port = cast("int", bound.getsockname()[1])

    def up(self, *, tls: str = "off", utf8: bool = True) -> None:
        """Begin to listen; `tls` is `off`, `smtps`, or `starttls`, which wants a login."""
        self.down()
        upgrades = tls == "starttls"
        self._controller = Controller(
            self.box,
            hostname="127.0.0.1",
            port=self.port,
            ready_timeout=20,
            enable_SMTPUTF8=utf8,
            ssl_context=self._context if tls == "smtps" else None,
            tls_context=self._context if upgrades else None,
            require_starttls=upgrades,
            authenticator=self._authenticate,
            auth_required=upgrades,
            auth_require_tls=upgrades,
        )
        self._controller.start()

    def down(self) -> None:
        """Stop to listen."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def url(self, scheme: str = "smtp", *, who: str = "", query: str = "&tls=off") -> str:
        return f"{scheme}://{who}127.0.0.1:{self.port}?from={FROM}{query}"

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        del server, session, envelope, mechanism
        known = data == LoginPassword(NAME.encode(), PASSWORD.encode())
        self.logins += int(known)
        return AuthResult(success=known, handled=False)


@pytest.fixture(scope="session")
def mail_certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate authority's file, and what a server of its has."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  of OpenSSL, too
    path = tmp_path_factory.mktemp("mail") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path, context


@pytest.fixture
def mail_server(
    mail_certificates: tuple[Path, ssl.SSLContext],
) -> Generator[MailServerOfTest]:
    """A mail server that is not up yet."""
    server = MailServerOfTest(*mail_certificates)
    try:
        yield server
    finally:
        server.down()
