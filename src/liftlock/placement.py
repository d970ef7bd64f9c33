"""Where the books are: named by the settings, or on a server of their own, for trying."""

import fcntl
import secrets
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from liftlock.books import Books
from liftlock.domain.environments import Tls
from liftlock.environments.embedded import EmbeddedServer
from liftlock.environments.safe_connections import Demand
from liftlock.environments.servers import safe_conninfo
from liftlock.settings import Settings
from liftlock.store import master_keys

BOOKS = "liftlock"
PATIENCE_S = 10.0
"""How long a transaction of these processes waits before the books count as away."""


@contextmanager
def database_url(settings: Settings) -> Generator[SecretStr]:
    """Return the books' connection string; without one set, run a server meanwhile.

    The last process that uses that server stops it.

    Raises: NoServerPrograms, OtherMajorVersion, FolderOutOfReach, ServerDidNotStart,
    ConnectionUnreadable, ServerUnsafe and its kin.
    """
    if settings.database_url is not None:
        yield _safe(settings, settings.database_url)
        return
    server = EmbeddedServer(settings.home / "postgresql", preferred=settings.pg_bin)
    settings.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (settings.home / "postgresql.users").open("ab") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with (settings.home / "postgresql.start").open("ab") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                server.start()
                url = _embedded_books(server, settings.home / "books.password")
            yield url
        finally:
            if _is_last(users):
                server.stop()


def _safe(settings: Settings, url: SecretStr) -> SecretStr:
    """The books' server proves who it is, as those of environments do."""
    root = settings.database_root_certificate
    if root is not None:
        rooted = make_conninfo(url.get_secret_value(), sslrootcert=str(root), sslmode="verify-full")
        url = SecretStr(rooted)
    return safe_conninfo(url, Demand(tls=Tls(settings.database_tls), peer=True), "the books")


def _is_last(users: IO[bytes]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def opened_books(settings: Settings, url: SecretStr) -> Generator[Books]:
    """Open the books with the master key of these settings.

    Raises: MasterKeyMissing, MasterKeyReadable, MasterKeyUnusable.
    """
    key = master_keys.read(settings.master_key_path)
    with closing(Books(url, key, pool_size=settings.pool_size, patience_s=PATIENCE_S)) as books:
        yield books


def _embedded_books(server: EmbeddedServer, password_file: Path) -> SecretStr:
    if not password_file.exists():
        password_file.touch(mode=0o600)
        _ = password_file.write_text(secrets.token_urlsafe(32))
    password = SecretStr(password_file.read_text())
    return server.provide(BOOKS, password)
