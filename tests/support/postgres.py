"""Real PostgreSQL for tests: a server for each environment, a database for each test, roles with
least rights.

The statements that make the roles are those that `doctor --sql` prints, and running them is the
only thing done as superuser. LIFTLOCK_TEST_PG_BIN chooses other server programs for a whole run.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString, Protocol

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from liftlock.domain.environments import DatabaseRole, EnvironmentId, Kind
from liftlock.environments import rights
from liftlock.environments.embedded import EmbeddedServer
from liftlock.environments.parts import Parts, Runtime
from liftlock.environments.safe_connections import VERIFIED, Demand
from liftlock.environments.servers import Database
from liftlock.errors import LiftlockError
from network import Network

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",  # our sessions commit durably all the same: crashes prove it
    "autovacuum": "off",  # sizes and statistics change by what a test does alone
    "full_page_writes": "off",
    "max_prepared_transactions": "4",
}
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of random name within it
LEFTOVERS = "liftlock-pg-"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
ENVIRONMENT_IDS = {kind: EnvironmentId(number) for number, kind in enumerate(Kind, start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The two roles of one test on one server, and the password of both."""

    keeper: str
    application: str
    password: str


@dataclass(slots=True, kw_only=True)
class Server:
    """A running test server."""

    embedded: EmbeddedServer
    kind: Kind
    roles: dict[str, Roles] = field(default_factory=dict[str, Roles])
    host: str | None = None
    """Where it is reached by TCP, by this name; else by its socket."""
    demand: Demand = VERIFIED

    @property
    def major(self) -> int:
        return self.embedded.major

    def superuser(self, dbname: str = "postgres") -> psycopg.Connection:
        """Connect as superuser: for set-up, and for planting what only a superuser can."""
        return psycopg.connect(self.embedded.superuser_conninfo(dbname), autocommit=True)

    def run_as_superuser(self, *statements: str, dbname: str = "postgres") -> None:
        with self.superuser(dbname) as connection:
            for statement in statements:
                _ = connection.execute(statement.encode())

    def conninfo(self, role: str, password: str) -> SecretStr:
        if self.host is None:
            return SecretStr(self.embedded.conninfo(role, password))
        port = self.embedded.port
        given = {"host": self.host, "hostaddr": "127.0.0.1", "port": port}
        return SecretStr(make_conninfo("", user=role, password=password, **given))


class MakeDatabase(Protocol):
    """Makes a database of its own for this test, with roles of least rights; dropped at the end."""

    def __call__(
        self,
        server: Server,
        name: str | None = None,
        *,
        owner: str | None = None,
        label: str = "data",
        role: DatabaseRole = DatabaseRole.DATA,
        kind: Kind | None = None,
        options: str = "",
    ) -> Database: ...


class MakeParts(Protocol):
    """Makes an environment's databases (one a label; `systemdb` is the SystemDB) and an empty
    folder of files.

    `server` may be a mapping from label to server, where databases are on several.
    """

    def __call__(
        self,
        server: Server | Mapping[str, Server],
        kind: Kind | None = None,
        labels: Sequence[str] = ("systemdb", "customers"),
        *,
        runtime: Runtime | None = None,
    ) -> Parts: ...


@contextmanager
def running_server(
    kind: Kind,
    *,
    preferred: Path | None = None,
    settings: Mapping[str, str] | None = None,
    port: int = 5432,
) -> Generator[Server]:
    """Run a server of its own, in a folder that its user can reach, and remove it afterwards."""
    _remove_leftovers()
    home = Path(tempfile.mkdtemp(prefix=f"{LEFTOVERS}{os.getpid()}-", dir=_fast_folder()))
    home.chmod(0o711)
    chosen = preferred or _chosen_programs()
    embedded = EmbeddedServer(
        home / "server", preferred=chosen, settings={**FAST, **(settings or {})}, port=port
    )
    try:
        embedded.start()
        yield Server(embedded=embedded, kind=kind)
    finally:
        embedded.stop(immediately=True)
        shutil.rmtree(home, ignore_errors=True)


def _fast_folder() -> Path:
    """Memory where there is enough: a database is 300 files, slow to create on some disks."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * 1024**3
    return MEMORY if roomy and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def _remove_leftovers() -> None:
    """Stop and remove the servers of test runs that were killed."""
    for home in _fast_folder().glob(f"{LEFTOVERS}*"):
        pid = home.name.removeprefix(LEFTOVERS).partition("-")[0]
        if not Path("/proc", pid).exists() and home.stat().st_uid == os.geteuid():
            with suppress(LiftlockError):
                EmbeddedServer(home / "server", preferred=_chosen_programs()).stop(immediately=True)
            shutil.rmtree(home, ignore_errors=True)


def _chosen_programs() -> Path | None:
    chosen = os.environ.get("LIFTLOCK_TEST_PG_BIN")
    return Path(chosen) if chosen else None


@pytest.fixture(scope="session")
def production_server() -> Generator[Server]:
    with running_server(Kind.PRODUCTION) as server:
        yield server


@pytest.fixture(scope="session")
def staging_server() -> Generator[Server]:
    with running_server(Kind.STAGING) as server:
        yield server


@pytest.fixture(scope="session")
def development_server() -> Generator[Server]:
    with running_server(Kind.DEVELOPMENT) as server:
        yield server


@pytest.fixture(scope="session")
def books_server() -> Generator[Server]:
    with running_server(Kind.DEVELOPMENT) as server:
        yield server


@pytest.fixture(scope="session")
def server_15() -> Generator[Server]:
    """The distribution's PostgreSQL 15: an older major version than the wheel's."""
    with running_server(Kind.DEVELOPMENT, preferred=DEBIAN_15) as server:
        assert server.major == 15
        yield server


@pytest.fixture
def make_database() -> Generator[MakeDatabase]:
    with database_maker() as make:
        yield make


@contextmanager
def database_maker() -> Generator[MakeDatabase]:
    """Make databases that live as long as the block: for fixtures of another scope."""
    with ExitStack() as stack:
        maker = _Maker(stack)
        yield maker.make_database


@pytest.fixture
def make_parts(make_database: MakeDatabase) -> Generator[MakeParts]:
    with parts_maker(make_database) as make:
        yield make


@contextmanager
def parts_maker(make_database: MakeDatabase) -> Generator[MakeParts]:
    """Make environments that live as long as the block: for fixtures of another scope."""
    home = Path(tempfile.mkdtemp(prefix="liftlock-files-"))
    home.chmod(0o711)

    def make(
        server: Server | Mapping[str, Server],
        kind: Kind | None = None,
        labels: Sequence[str] = ("systemdb", "customers"),
        *,
        runtime: Runtime | None = None,
    ) -> Parts:
        servers = server if isinstance(server, Mapping) else dict.fromkeys(labels, server)
        chosen = kind or servers[labels[0]].kind
        databases = tuple(
            make_database(servers[label], label=label, role=role_of(label), kind=chosen)
            for label in labels
        )
        files = home / f"{chosen}-{secrets.token_hex(3)}" / "files"
        files.mkdir(parents=True)
        return Parts(
            environment=ENVIRONMENT_IDS[chosen],
            kind=chosen,
            databases=databases,
            files=files,
            runtime=runtime or Runtime(),
        )

    yield make
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def books_database(books_server: Server) -> Generator[SecretStr]:
    """An empty database owned by a plain role that can do nothing else: a connection string with
    its name.
    """
    name = f"books_{secrets.token_hex(4)}"
    password = secrets.token_hex(8)
    books_server.run_as_superuser(
        f"CREATE ROLE {name} LOGIN PASSWORD '{password}'",
        f"CREATE DATABASE {name} OWNER {name}",
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
    )
    yield SecretStr(f"{books_server.embedded.conninfo(name, password)} dbname={name}")
    books_server.run_as_superuser(f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


@pytest.fixture
def network() -> Generator[Network]:
    """A network that can be cut: `network.through(database)` is the same database behind it."""
    with Network() as bad:
        yield bad


def role_of(label: str) -> DatabaseRole:
    """Return what a database of this label is: `systemdb`, `both`, or a data repository."""
    match label:
        case "systemdb":
            return DatabaseRole.SYSTEMDB
        case "both":
            return DatabaseRole.BOTH
        case _:
            return DatabaseRole.DATA


class _Maker:
    """Makes databases for one test; its two roles are the same for all of a server."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._roles: dict[int, Roles] = {}

    def make_database(
        self,
        server: Server,
        name: str | None = None,
        *,
        owner: str | None = None,
        label: str = "data",
        role: DatabaseRole = DatabaseRole.DATA,
        kind: Kind | None = None,
        options: str = "",
    ) -> Database:
        roles = self._roles_on(server)
        called = name or f"{label}_{secrets.token_hex(4)}"
        held_by = owner or roles.application
        if owner is not None:
            self._make_role(server, owner)
        server.run_as_superuser(
            _text("CREATE DATABASE {} OWNER {}", called, held_by) + f" {options}"
        )
        _ = self._stack.callback(_drop_database, server, called)
        place = rights.Place(
            kind=kind or server.kind,
            keeper=roles.keeper,
            application=roles.application,
            databases=(called,),
            owners=(held_by,),
            major=server.major,
        )
        server.run_as_superuser(*rights.setup_statements(place))
        return Database(
            label=label,
            role=role,
            name=called,
            keeper=server.conninfo(roles.keeper, roles.password),
            application=server.conninfo(roles.application, roles.password),
            demand=server.demand,
            application_name=f"liftlock:test:{ENVIRONMENT_IDS[kind or server.kind]}:1",
        )

    def _roles_on(self, server: Server) -> Roles:
        if id(server) not in self._roles:
            token = secrets.token_hex(4)
            roles = Roles(
                keeper=f"keeper_{token}", application=f"app_{token}", password=secrets.token_hex(8)
            )
            for role in (roles.keeper, roles.application):
                self._make_role(server, role)
                server.run_as_superuser(
                    _text("ALTER ROLE {} PASSWORD ", role) + f"'{roles.password}'"
                )
            self._roles[id(server)] = roles
        return self._roles[id(server)]

    def _make_role(self, server: Server, role: str) -> None:
        server.run_as_superuser(_text("CREATE ROLE {}", role))
        _ = self._stack.callback(_drop_role, server, role)


IS_THERE = "SELECT datname FROM pg_database WHERE datname = %(name)s"
LEFT_BY_ROLE = "SELECT datname FROM pg_database WHERE datdba = to_regrole(%(role)s)"


def _drop_role(server: Server, role: str) -> None:
    """Drop a role with every database that it still owns: copies, restore points."""
    with server.superuser() as connection:
        rows = connection.execute(LEFT_BY_ROLE, {"role": _text("{}", role)}).fetchall()
    for (name,) in rows:
        _drop_database(server, name)
    server.run_as_superuser(_text("DROP OWNED BY {}", role), _text("DROP ROLE {}", role))


def _drop_database(server: Server, name: str) -> None:
    with server.superuser() as connection:
        if connection.execute(IS_THERE, {"name": name}).fetchone() is not None:
            _ = connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _text(statement: LiteralString, *names: str) -> str:
    return sql.SQL(statement).format(*(sql.Identifier(name) for name in names)).as_string()
