"""Puts the parts together: the only module that builds them."""

import os
import signal
import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from typing_extensions import override

from liftlock import __version__
from liftlock.books import Books, Transaction
from liftlock.domain.findings import Finding
from liftlock.domain.master_keys import MasterKeyMissing
from liftlock.domain.policies import parse
from liftlock.domain.sessions import Lifetime
from liftlock.environments.servers import Database
from liftlock.errors import Conflict, LiftlockError
from liftlock.modules.oci_layout import OciLayout
from liftlock.notifiers import smtp
from liftlock.passports import signing
from liftlock.placement import PATIENCE_S, database_url, opened_books
from liftlock.services import findings, installations, passwords, people
from liftlock.services import master_keys as keys_of_books
from liftlock.services import policies as policies_service
from liftlock.settings import Settings
from liftlock.store import master_keys, migrations
from liftlock.web import bodies, console, edge, probes, problems, reference
from liftlock.web.api import (
    audit_events,
    environments,
    freezes,
    keys,
    losses,
    maintenance,
    moves,
    notifications,
    organisations,
    packages,
    policies,
    proposals,
    restore_points,
    set_ups,
    slots,
    undos,
    workers,
)
from liftlock.web.api import people as people_routes
from liftlock.web.application import Application
from liftlock.web.feeds.streams import Streams
from liftlock.web.pages import security
from liftlock.workflows import engine, restoring
from liftlock.workflows.failover import Heartbeat
from liftlock.workflows.mailing import Mail
from liftlock.workflows.recording import Record
from liftlock.workflows.worker import Rhythm, Worker

if TYPE_CHECKING:
    from types import CoroutineType

GRACE_S = 5
ROUTES = (
    moves, proposals, slots, maintenance, freezes, packages, policies, environments, losses,
    organisations, people_routes, keys, restore_points, undos, notifications, audit_events,
    workers, set_ups,
)  # fmt: skip


class AddressTaken(Conflict):
    """The API cannot listen where it should."""

    code = "serve.address_taken"
    sentence = "Cannot listen at {host}, port {port}: {problem}. Set LIFTLOCK_HOST, LIFTLOCK_PORT."


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstOperator:
    """What `init` has made: which migrations ran; key and sign-in code of a new first operator."""

    migrations: tuple[str, ...]
    zone: str
    """The platform's, which is said once and stays."""
    key: SecretStr | None
    sign_in_code: SecretStr | None
    restored: restoring.Restored | None
    """What became of books that were restored; else None."""


def init(settings: Settings, *, login: str, name: str, restored: bool = False) -> FirstOperator:
    """Make books and master key, or bring the books up to date; make the first operator, once.

    `restored`: they come from a backup, and nobody works by them.

    Raises: UnknownZone, BooksTooNew, BooksMoved, MasterKeyMissing (books that exist need theirs),
    WrongMasterKey.
    """
    path = settings.master_key_path
    with database_url(settings) as url:
        secrets_ = master_keys.read(path) if path.exists() else master_keys.Missing(path)
        with closing(Books(url, secrets_, patience_s=PATIENCE_S)) as books:
            with books.transaction() as tx:
                applied = installations.prepare(tx, zone=settings.zone, restored=restored)
                zone = installations.load(tx).zone
                _require_master_key(path, are_new=migrations.known()[0] in applied)
                _ = keys_of_books.require_fitting(tx)
                signing.make(settings.signing_key_path)
            engine.migrate(url)
            with books.transaction() as tx:
                settled = restoring.settle(tx) if restored else None
                has_operator = people.has_operator(tx)
                made = None if has_operator else people.first_operator(tx, login=login, name=name)
                code = passwords.first_code(tx, made[0]) if made else None
    return FirstOperator(
        migrations=applied,
        zone=zone,
        key=made and made[1].key,
        sign_in_code=code,
        restored=settled,
    )


def _require_master_key(path: Path, *, are_new: bool) -> None:
    """Make the key of new books; those that exist need theirs."""
    if path.exists():
        return
    if not are_new:
        raise MasterKeyMissing(path=str(path))
    master_keys.make(path)


def web_app(books: Books, settings: Settings) -> FastAPI:
    """Build the API and the console."""

    def transaction() -> Iterator[Transaction]:
        with books.transaction() as tx:
            yield tx

    app = Application(
        title="Liftlock", version=__version__, docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json", responses=problems.DOCUMENTED,
        max_body_size=bodies.MOST_DOCUMENT_BYTES,
    )  # fmt: skip
    for routes in ROUTES:
        app.include_router(routes.router, prefix="/api/v1")
    app.dependency_overrides[edge.transaction] = transaction
    app.dependency_overrides[edge.module_store] = lambda: module_store(settings)
    problems.add_to(app)
    reference.add_to(app)
    app.state.streams = Streams(books)
    probes.add_to(app, probes.Probed(books, _require_usable, settings.metrics_token))
    console.add_to(app, console_rules(settings))
    return app


class _Server(uvicorn.Server):
    """Ends the open streams before all else: stopping waits for nobody who only listens."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    @override
    def shutdown(
        self, sockets: list[socket.socket] | None = None
    ) -> "CoroutineType[object, object, None]":
        self._streams.leave()
        return super().shutdown(sockets)


def http_server(app: FastAPI, trusted_proxies: Sequence[str] = ()) -> uvicorn.Server:
    """Return a server of this application, which gives requests a few seconds when it stops.

    What `trusted_proxies` say of where a request comes from is believed; nobody else's word is.
    """
    config = uvicorn.Config(
        app,
        timeout_graceful_shutdown=GRACE_S,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
    )
    return _Server(config, cast("Streams", app.state.streams))


def console_rules(settings: Settings) -> security.Rules:
    """Return how long a session of the console lasts, and how its cookies are given."""
    idle = timedelta(minutes=settings.session_idle_min)
    lifetime = Lifetime(idle=idle, whole=timedelta(hours=settings.session_hours))
    is_https = (settings.public_url or "").startswith("https://")
    return security.Rules(lifetime=lifetime, behind_tls=is_https)


def module_store(settings: Settings) -> OciLayout:
    """Return the module store of these settings."""
    return OciLayout(settings.module_store_path)


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the API until it is told to stop.

    Raises: BooksTooOld, BooksTooNew, BooksMoved, WrongMasterKey, AddressTaken.
    """
    with database_url(settings) as url, opened_books(settings, url) as books:
        with books.transaction() as tx:
            _require_usable(tx)
        server = http_server(web_app(books, settings), settings.trusted_proxies)
        # The server raises again what ended it; taken literally, that would end us on the spot.
        _ = signal.signal(signal.SIGTERM, lambda _number, _frame: None)
        with _listening(settings) as listener:
            say(f"The API answers at http://{settings.host}:{settings.port}/api")
            server.run([listener])


@contextmanager
def _listening(settings: Settings) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = listening_socket(settings.host, settings.port, family)
    except OSError as error:
        raise AddressTaken(
            host=settings.host, port=settings.port, problem=os.strerror(error.errno or 0)
        ) from None
    with listener:
        yield listener


def listening_socket(
    host: str, port: int, family: socket.AddressFamily = socket.AF_INET
) -> socket.socket:
    """Listen, and let answers leave at once: the event loop sees to it only for its own sockets.

    Otherwise each answer on a connection that is kept waits 40 ms for the other side's thanks.
    """
    listener = socket.create_server((host, port), family=family)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def work(settings: Settings, say: Callable[[str], None]) -> None:
    """Carry out moves until told to stop.

    Raises: BooksTooOld, BooksTooNew, BooksMoved, WrongMasterKey, MailUrlUnfit.
    """
    mail = outgoing_mail(settings)
    with database_url(settings) as url, opened_books(settings, url) as books:
        with books.transaction() as tx:
            _require_usable(tx)
        say("Waiting for moves that are due.")
        if mail is None:
            say("Messages stay in people's inboxes: LIFTLOCK_MAIL_URL names no mail server.")
        record = outgoing_record(settings)
        if record is None:
            say("Heads of the audit record are not signed: `liftlock init` makes the key for it.")
        Worker(url, books, module_store(settings), rhythm(settings), mail, record=record).run()


def outgoing_record(settings: Settings) -> Record | None:
    """Return where heads of the audit record go; None where there is no key to sign them.

    Raises: SigningKeyReadable, SigningKeyUnusable.
    """
    if not settings.signing_key_path.exists():
        return None
    key = signing.read(settings.signing_key_path)
    return Record(folder=settings.audit_heads_path, key=key)


def outgoing_mail(settings: Settings) -> Mail | None:
    """Return the way out for messages; None where no mail server is set. Raises: MailUrlUnfit."""
    if settings.mail_url is None or not settings.mail_url.get_secret_value():
        return None
    server = smtp.mail_server(settings.mail_url)
    return Mail(notifier=smtp.SmtpNotifier(server), console=settings.console_url)


@contextmanager
def current_books(settings: Settings) -> Generator[Transaction]:
    """Open one transaction in the books of these settings.

    Raises: BooksTooOld, BooksTooNew, BooksMoved, WrongMasterKey.
    """
    with (
        database_url(settings) as url,
        opened_books(settings, url) as books,
        books.transaction() as tx,
    ):
        _require_usable(tx)
        yield tx


def _require_usable(tx: Transaction) -> None:
    """Refuse books that this release, this place or this master key do not belong to."""
    installations.require_current(tx)
    _ = keys_of_books.require_fitting(tx)


def doctor(settings: Settings) -> tuple[Finding, ...]:
    """Return what is to be mended anywhere. Raises: BooksTooOld and its kin."""
    with current_books(settings) as tx:
        return (*findings.of_everything(tx), *_of_mail(settings))


def _of_mail(settings: Settings) -> Iterator[Finding]:
    """Yield why no mail could be sent now; without a mail server nothing is amiss."""
    try:
        mail = outgoing_mail(settings)
        if mail is not None:
            mail.notifier.check()
    except LiftlockError as error:
        yield Finding(where="mail", said=str(error))


def set_up_statements(settings: Settings) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what a superuser runs once, by server. Raises: BooksTooOld and its kin."""
    with current_books(settings) as tx:
        return findings.set_up_statements(tx)


def discover(conninfo: str, repository: str) -> str:
    """Draft a masking policy for a database, without books. Raises: ConnectionUnreadable."""
    return policies_service.draft_alone(Database.alone(conninfo, repository))


def check_policy(conninfo: str, document: str) -> policies_service.Checked:
    """Hold a policy against a database, without books. Raises: ConnectionUnreadable."""
    policy = parse(document)
    return policies_service.check_alone(Database.alone(conninfo, policy.repository), policy)


def rhythm(settings: Settings) -> Rhythm:
    """Return how often a worker of these settings does what."""
    return Rhythm(
        heartbeat=Heartbeat(every_s=settings.beat_s, death_s=settings.death_s),
        tick_s=settings.tick_s,
        janitor_s=settings.janitor_s,
        look_ahead_s=settings.look_ahead_s,
        mail_s=settings.mail_s,
        notifications_last=timedelta(days=settings.notifications_days),
        record_s=settings.audit_heads_s,
    )
