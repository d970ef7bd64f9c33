"""Puts the parts together: the only module that builds them."""

import secrets
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from liftlock import __version__
from liftlock.books import Books, Transaction
from liftlock.domain.findings import Finding
from liftlock.domain.master_keys import MasterKeyMissing
from liftlock.environments.embedded import EmbeddedServer
from liftlock.modules.oci_layout import OciLayout
from liftlock.services import findings, installations, people
from liftlock.settings import Settings
from liftlock.store import master_keys, migrations
from liftlock.web import edge, problems
from liftlock.web.api import (
    audit_events,
    environments,
    keys,
    maintenance,
    moves,
    organisations,
    packages,
    policies,
    proposals,
    restore_points,
    slots,
)
from liftlock.web.api import people as people_routes
from liftlock.workflows import engine
from liftlock.workflows.failover import Heartbeat
from liftlock.workflows.worker import Rhythm, Worker

BOOKS = "liftlock"
GRACE_S = 5
ROUTES = (
    moves, proposals, slots, maintenance, packages, policies, environments, organisations,
    people_routes, keys, restore_points, audit_events,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstOperator:
    """What `init` has made: which migrations ran, and the first operator's key, if it is new."""

    migrations: tuple[str, ...]
    key: SecretStr | None


@contextmanager
def database_url(settings: Settings) -> Generator[SecretStr]:
    """Return the books' connection string; without one set, run a server meanwhile.

    Raises: NoServerPrograms, OtherMajorVersion, FolderOutOfReach, ServerDidNotStart.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    server = EmbeddedServer(settings.home / "postgresql", preferred=settings.pg_bin)
    was_running = server.running()
    server.start()
    try:
        yield _embedded_books(server, settings.home / "books.password")
    finally:
        if not was_running:
            server.stop()


@contextmanager
def opened_books(settings: Settings, url: SecretStr) -> Generator[Books]:
    """Open the books with the master key of these settings.

    Raises: MasterKeyMissing, MasterKeyReadable, MasterKeyUnusable.
    """
    key = master_keys.read(settings.master_key_path)
    with closing(Books(url, key, pool_size=settings.pool_size)) as books:
        yield books


def init(settings: Settings, *, login: str, name: str) -> FirstOperator:
    """Make books and master key, or bring the books up to date; make the first operator, once.

    Raises: UnknownZone, BooksTooNew, MasterKeyMissing (books that exist need theirs).
    """
    with database_url(settings) as url:
        has_key = settings.master_key_path.exists()
        if not has_key:
            master_keys.make(settings.master_key_path)
        with opened_books(settings, url) as books:
            with books.transaction() as tx:
                applied = installations.prepare(tx, zone=settings.zone)
                is_new = migrations.known()[0] in applied
                if not (is_new or has_key):
                    settings.master_key_path.unlink()
                    raise MasterKeyMissing(path=str(settings.master_key_path))
            engine.migrate(url)
            with books.transaction() as tx:
                key = people.first_operator(tx, login=login, name=name) if is_new else None
    return FirstOperator(migrations=applied, key=key and key[1].key)


def web_app(books: Books, settings: Settings) -> FastAPI:
    """Build the API."""

    def transaction() -> Iterator[Transaction]:
        with books.transaction() as tx:
            yield tx

    app = FastAPI(title="Liftlock", version=__version__, docs_url="/api", redoc_url=None)
    for routes in ROUTES:
        app.include_router(routes.router, prefix="/api/v1")
    app.dependency_overrides[edge.transaction] = transaction
    app.dependency_overrides[packages.module_store] = lambda: module_store(settings)
    problems.add_to(app)
    return app


def module_store(settings: Settings) -> OciLayout:
    """Return the module store of these settings."""
    return OciLayout(settings.module_store_path)


def serve(settings: Settings) -> None:
    """Run the API until it is told to stop. Raises: BooksTooOld, BooksTooNew."""
    with database_url(settings) as url, opened_books(settings, url) as books:
        with books.transaction() as tx:
            installations.require_current(tx)
        uvicorn.run(
            web_app(books, settings),
            host=settings.host,
            port=settings.port,
            timeout_graceful_shutdown=GRACE_S,
            log_level="warning",
        )


def work(settings: Settings) -> None:
    """Carry out moves until told to stop. Raises: BooksTooOld, BooksTooNew."""
    with database_url(settings) as url, opened_books(settings, url) as books:
        with books.transaction() as tx:
            installations.require_current(tx)
        Worker(url, books, module_store(settings), rhythm(settings)).run()


@contextmanager
def current_books(settings: Settings) -> Generator[Transaction]:
    """Open one transaction in the books of these settings. Raises: BooksTooOld, BooksTooNew."""
    with (
        database_url(settings) as url,
        opened_books(settings, url) as books,
        books.transaction() as tx,
    ):
        installations.require_current(tx)
        yield tx


def doctor(settings: Settings) -> tuple[Finding, ...]:
    """Return what is to be mended in any environment. Raises: BooksTooOld and its kin."""
    with current_books(settings) as tx:
        return findings.of_everything(tx)


def set_up_statements(settings: Settings) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what a superuser runs once, by server. Raises: BooksTooOld and its kin."""
    with current_books(settings) as tx:
        return findings.set_up_statements(tx)


def rhythm(settings: Settings) -> Rhythm:
    """Return how often a worker of these settings does what."""
    return Rhythm(
        heartbeat=Heartbeat(every_s=settings.beat_s, death_s=settings.death_s),
        tick_s=settings.tick_s,
        janitor_s=settings.janitor_s,
    )


def _embedded_books(server: EmbeddedServer, password_file: Path) -> SecretStr:
    if not password_file.exists():
        password_file.touch(mode=0o600)
        _ = password_file.write_text(secrets.token_urlsafe(32))
    password = SecretStr(password_file.read_text())
    return server.provide(BOOKS, password)
