"""PostgreSQL databases of environments, and the two ways into each: as keeper, as application.

A copy, a restore point and the live database are the same `Database` under other names:
`database.at(name)`.
"""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import LiteralString, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from liftlock.connections import limited, watched_over
from liftlock.domain.environments import DatabaseRole, Tls
from liftlock.domain.progress import Progress, Tell
from liftlock.environments import refused_logins, safe_connections, unsafe_servers
from liftlock.environments.safe_connections import VERIFIED, Demand
from liftlock.errors import Conflict, Invalid, Unavailable

_TOO_MANY_CONNECTIONS = "53300"
_TELL_EVERY_S = 0.5
LOCK_TIMEOUT: LiteralString = "SET lock_timeout = '30s'"

_IDENTITY: LiteralString = "SELECT system_identifier::text FROM pg_control_system()"


class ServerUnreachable(Unavailable):
    """A server did not answer, or the connection broke."""

    code = "server.unreachable"
    sentence = (
        "Database {database} ({label}) cannot be reached: {reason}. Check the server and try again."
    )


class LockedTooLong(Unavailable):
    """Somebody else holds what a statement needs, for longer than anybody should wait."""

    code = "server.locked_too_long"
    sentence = (
        "Somebody holds a lock in {database} ({label}) that is needed{where}. "
        "Look who (pg_locks), and try again."
    )


class ConnectionUnreadable(Invalid):
    """What should be a connection string is none; it may hold a password, so it is not shown."""

    code = "server.connection_unreadable"
    sentence = (
        "A connection string of {label} cannot be read. Write it as libpq does: "
        "host=db.example port=5432 user=keeper password=…, or postgresql://…"
    )


class ServerDiskFull(Conflict):
    """A server has no room left."""

    code = "server.disk_full"
    sentence = (
        "The disk of the server of {database} ({label}) is full. Make room there, then try again."
    )


class StatementRefused(Conflict):
    """A server refused a statement. Its own words may hold values, so only names are passed on."""

    code = "server.statement_refused"
    sentence = "Database {database} ({label}) refused: SQLSTATE {sqlstate}{where}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database of an environment and how its keeper and its application reach it."""

    label: str
    """What it is called in every environment: `systemdb`, `customers`."""
    role: DatabaseRole
    name: str
    keeper: SecretStr
    """libpq connection string without a database name."""
    application: SecretStr
    """libpq connection string without a database name."""
    maintenance: str = "postgres"
    """The database to connect to for creating and renaming others."""
    disk: Path | None = None
    """A folder on the disk of the server's data, as this machine sees it, to look for free space;
    None: not seen.
    """
    demand: Demand = VERIFIED
    """TLS, and the authority that vouches for the server."""
    application_name: str = "liftlock"
    """Carries the fencing number of who works: `liftlock:<installation>:<environment>:<number>`."""

    @classmethod
    def alone(cls, conninfo: str, label: str) -> Self:
        """Return a database of no environment, by one connection string with its name.

        Raises: ConnectionUnreadable.
        """
        given = _parsed(SecretStr(conninfo), label)
        name = str(given.get("dbname") or given.get("user") or "postgres")
        secret = SecretStr(conninfo)
        return cls(
            label=label,
            role=DatabaseRole.DATA,
            name=name,
            keeper=secret,
            application=secret,
            demand=Demand(tls=Tls.NONE if given.get("sslmode") == "disable" else Tls.VERIFY),
        )

    def require_readable(self) -> None:
        """Refuse connection strings and certificates that are none.

        Raises: ConnectionUnreadable, RootCertificateUnreadable.
        """
        for secret in (self.keeper, self.application):
            _ = _parsed(secret, self.label)
        safe_connections.require_certificate(self.demand.root_certificate, self.label)

    def at(self, name: str) -> Self:
        """Return the same place under another database name: a copy, a restore point."""
        return replace(self, name=name)

    def keeper_conninfo(self, name: str | None = None) -> str:
        """Return the keeper's connection string for this database, or for `name` on its server."""
        return self._conninfo(self.keeper, name or self.name)

    def application_conninfo(self) -> str:
        """Return the application's connection string for this database."""
        return self._conninfo(self.application, self.name)

    def _conninfo(self, secret: SecretStr, name: str) -> str:
        strict = safe_connections.strict(limited(secret.get_secret_value()), self.demand)
        return make_conninfo(strict, dbname=name, application_name=self.application_name)


@contextmanager
def as_keeper(database: Database, name: str | None = None) -> Generator[psycopg.Connection]:
    """Connect as the keeper, autocommit, to this database or to `name` on its server.

    Raises: ServerUnreachable, StatementRefused (see `named_errors`), ServerUnsafe and its kin,
    LoginRefused.
    """
    with _connected(database, database.keeper_conninfo(name)) as connection:
        yield connection


@contextmanager
def at_maintenance(database: Database) -> Generator[psycopg.Connection]:
    """Connect as the keeper to the maintenance database of this database's server.

    Nothing there waits long for a lock. Raises as `as_keeper` does.
    """
    with as_keeper(database, database.maintenance) as connection:
        _ = connection.execute(LOCK_TIMEOUT)
        yield connection


@contextmanager
def as_application(database: Database) -> Generator[psycopg.Connection]:
    """Connect as the application's own role, autocommit. Raises as `as_keeper` does."""
    with _connected(database, database.application_conninfo()) as connection:
        yield connection


@contextmanager
def _connected(database: Database, conninfo: str) -> Generator[psycopg.Connection]:
    with (
        named_errors(database),
        _made(database, conninfo) as connection,
        watched_over(connection, conninfo),
    ):
        yield connection


def _made(database: Database, conninfo: str) -> psycopg.Connection:
    """Connect, or say why a server is not spoken to, or does not let the role in."""
    try:
        return psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        given, label = conninfo_to_dict(conninfo), database.label
        role, name = str(given.get("user") or ""), str(given.get("dbname"))
        refused = refused_logins.named(str(error), role=role, database=name, label=label)
        named = refused or unsafe_servers.named(str(error), conninfo, label)
        if named is not None:
            raise named from None
        raise


@contextmanager
def named_errors(database: Database) -> Generator[None]:
    """Turn psycopg's errors into ours: names and SQLSTATE only, since messages carry values.

    Raises: ServerUnreachable, ServerDiskFull, StatementRefused.
    """
    try:
        yield
    except psycopg.errors.DiskFull:
        raise ServerDiskFull(database=database.name, label=database.label) from None
    except psycopg.errors.LockNotAvailable as error:
        raise LockedTooLong(
            database=database.name, label=database.label, where=_where(error)
        ) from None
    except psycopg.Error as error:
        if _unreachable(error):
            raise unreachable(database, _reason(error)) from None
        raise StatementRefused(
            database=database.name,
            label=database.label,
            sqlstate=error.sqlstate or "none",
            where=_where(error),
        ) from None


def unreachable(database: Database, reason: str) -> ServerUnreachable:
    """Return the refusal for a server that does not answer, in words of ours."""
    return ServerUnreachable(database=database.name, label=database.label, reason=reason)


def safe_conninfo(conninfo: SecretStr, demand: Demand, label: str) -> SecretStr:
    """Return the same way in, safe or refused, after having tried it once.

    A server that does not answer now is no reason to refuse: it may later.

    Raises: ConnectionUnreadable, ServerUnsafe and its kin.
    """
    _ = _parsed(conninfo, label)
    strict = safe_connections.strict(limited(conninfo.get_secret_value()), demand)
    try:
        psycopg.connect(strict).close()
    except psycopg.Error as error:
        unsafe = unsafe_servers.named(str(error), strict, label)
        if unsafe is not None:
            raise unsafe from None
    return SecretStr(strict)


def execute_told(
    connection: psycopg.Connection, statement: sql.Composed, tell: Tell, *, said: str
) -> None:
    """Execute a long statement, telling twice a second; cancel it when `tell` raises."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(connection.execute, statement)
        try:
            while not wait([running], timeout=_TELL_EVERY_S).done:
                tell(Progress(said=said))
        except BaseException:
            with suppress(psycopg.Error):
                connection.cancel_safe()
            raise
        _ = running.result()


def by_server(databases: Iterable[Database]) -> list[list[Database]]:
    """Return the databases in groups, one for each server (host and port), in their order."""
    groups: dict[tuple[str, str], list[Database]] = {}
    for database in databases:
        groups.setdefault(server_of(database), []).append(database)
    return list(groups.values())


def server_of(database: Database) -> tuple[str, str]:
    """Return host and port of a database's server, as its keeper's connection names them."""
    given = conninfo_to_dict(database.keeper.get_secret_value())
    return str(given.get("host") or ""), str(given.get("port") or "5432")


def server_identity(database: Database) -> str:
    """Return what a server is, by whatever name it is reached: its system identifier.

    A server whose data directory was copied from another's counts as the same: two environments on
    them may not use the same database name.

    Raises: ServerUnreachable, StatementRefused.
    """
    with as_keeper(database) as connection:
        rows: list[tuple[str]] = connection.execute(_IDENTITY).fetchall()
    return rows[0][0]


def _parsed(secret: SecretStr, label: str) -> dict[str, object]:
    try:
        return dict(conninfo_to_dict(secret.get_secret_value()))
    except psycopg.ProgrammingError:
        raise ConnectionUnreadable(label=label) from None


def user_of(secret: SecretStr) -> str:
    """Return the role that a connection string names; empty when it names none."""
    return str(conninfo_to_dict(secret.get_secret_value()).get("user") or "")


def demands_tls(database: Database) -> bool:
    """Say whether the keeper's connection is to be encrypted or not to be made."""
    return safe_connections.is_encrypted(database.keeper.get_secret_value(), database.demand)


def role_names(databases: Iterable[Database]) -> list[str]:
    """Return the names of the roles that Liftlock connects as to these databases."""
    secrets = [secret for d in databases for secret in (d.keeper, d.application)]
    return list(dict.fromkeys(user for secret in secrets if (user := user_of(secret))))


def _unreachable(error: psycopg.Error) -> bool:
    """Whether the server is the trouble, not the statement: a lost or refused connection."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    state = error.sqlstate
    return state is None or state.startswith(("08", "57P")) or state == _TOO_MANY_CONNECTIONS


def _reason(error: psycopg.Error) -> str:
    return f"SQLSTATE {error.sqlstate}" if error.sqlstate else type(error).__name__


def _where(error: psycopg.Error) -> str:
    named = {
        "table": error.diag.table_name,
        "column": error.diag.column_name,
        "constraint": error.diag.constraint_name,
    }
    return "".join(f", {what} {name}" for what, name in named.items() if name)
