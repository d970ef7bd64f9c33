"""Acme's three environments: each on a server of its own, with files and an application."""

import os
import secrets
import shutil
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import LiteralString

import psycopg
from psycopg import sql
from pydantic import SecretStr

from liftlock.demo.data import attachments, customers, orders, systemdb
from liftlock.demo.data.tables import Table, load
from liftlock.demo.homes import Home
from liftlock.domain.environments import DatabaseRole, EnvironmentId, Kind
from liftlock.environments import rights
from liftlock.environments.embedded import EmbeddedServer
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, as_application

APPLICATION = "acme"
KEEPER = "liftlock_keeper"
ROLES: Mapping[str, DatabaseRole] = MappingProxyType(
    {
        "systemdb": DatabaseRole.SYSTEMDB,
        "customers": DatabaseRole.DATA,
        "orders": DatabaseRole.DATA,
    }
)
"""The label of each database of an environment, and what it is."""
_LOSABLE = MappingProxyType(
    {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "jit": "off"}
)
"""The demo's data is generated and thrown away: nothing needs to survive a power cut."""
_PREFERRED_PORT = 8561

_LET_IN: LiteralString = "ALTER ROLE {role} PASSWORD {verifier}"
_CREATE: LiteralString = "CREATE DATABASE {name} OWNER {owner}"
_CLOSE_TO_PUBLIC: LiteralString = "REVOKE ALL ON DATABASE {name} FROM PUBLIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Whose data an environment begins with, and how much of it."""

    name: str
    customers: int


WORLDS: Mapping[Kind, World] = MappingProxyType(
    {
        Kind.PRODUCTION: World(name="acme", customers=30_000),
        Kind.STAGING: World(name="acme", customers=6_000),
        Kind.DEVELOPMENT: World(name="invented", customers=1_500),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One environment of the demo and the server that it stands on."""

    parts: Parts
    server: EmbeddedServer
    port: int

    @property
    def kind(self) -> Kind:
        """Return which of the three it is."""
        return self.parts.kind

    @property
    def url(self) -> str:
        """Return where people find its application."""
        return f"http://127.0.0.1:{self.port}/"


def make(kind: Kind, number: int, root: Path, home: Home, programs: Path | None) -> Stand:
    """Start a server below `root` and make the environment's roles, databases and directories.

    Raises: NoServerPrograms and its kin.
    """
    server = EmbeddedServer(root / "servers" / kind, preferred=programs, settings=_LOSABLE)
    server.start()
    passwords = {role: secrets.token_urlsafe(24) for role in (APPLICATION, KEEPER)}
    _set_up(server, kind, passwords)
    databases = tuple(
        Database(
            label=label,
            role=role,
            name=f"{APPLICATION}_{label}",
            keeper=SecretStr(server.conninfo(KEEPER, passwords[KEEPER])),
            application=SecretStr(server.conninfo(APPLICATION, passwords[APPLICATION])),
            application_name="liftlock demo",
        )
        for label, role in ROLES.items()
    )
    port = free_port(_PREFERRED_PORT + number)
    parts = Parts(
        environment=EnvironmentId(number),
        kind=kind,
        databases=databases,
        files=_directories(root / kind, home.user),
        runtime=home.runtime(port, os.getpid()),
    )
    return Stand(parts=parts, server=server, port=port)


def fill(parts: Parts, world: World, user: str) -> int:
    """Load an environment's data, its modules being installed; return how many rows it got."""
    contents: Mapping[str, tuple[Table, ...]] = {
        "systemdb": systemdb.tables(world.name, parts.kind),
        "customers": customers.tables(world.name, world.customers),
        "orders": orders.tables(world.name, world.customers),
    }
    rows = 0
    for label, tables in contents.items():
        with as_application(parts.database(label)) as connection, connection.transaction():
            rows += sum(load(connection, table) for table in tables)
    _ = attachments.write(world.name, world.customers, parts.files)
    give(parts.files, user)
    return rows


def _set_up(server: EmbeddedServer, kind: Kind, passwords: Mapping[str, str]) -> None:
    """Do, as superuser, what an operator does once: databases, and what `doctor --sql` prints."""
    names = tuple(f"{APPLICATION}_{label}" for label in ROLES)
    place = rights.Place(
        kind=kind,
        keeper=KEEPER,
        application=APPLICATION,
        databases=names,
        owners=(APPLICATION,),
        major=server.major,
    )
    with psycopg.connect(server.superuser_conninfo(), autocommit=True) as connection:
        for role in passwords:
            _ = connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        for name in names:
            _make_database(connection, name)
        for statement in rights.setup_statements(place):
            _ = connection.execute(statement.encode())
        for role, password in passwords.items():
            _set_password(connection, role, password)


def _make_database(connection: psycopg.Connection, name: str) -> None:
    database, owner = sql.Identifier(name), sql.Identifier(APPLICATION)
    _ = connection.execute(sql.SQL(_CREATE).format(name=database, owner=owner))
    _ = connection.execute(sql.SQL(_CLOSE_TO_PUBLIC).format(name=database))


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode())
    statement = sql.SQL(_LET_IN).format(
        role=sql.Identifier(role), verifier=sql.Literal(verifier.decode())
    )
    _ = connection.execute(statement)


def _directories(environment: Path, user: str) -> Path:
    files = environment / "files"
    files.mkdir(parents=True)
    give(files, user)
    give(notes_directory(environment), user)
    return files


def notes_directory(environment: Path) -> Path:
    """Make the directory beside an environment's files where its application keeps its notes."""
    notes = environment / "run"
    notes.mkdir()
    return notes


def give(tree: Path, user: str) -> None:
    """Make the application's user the owner of a tree, where it is not the one already."""
    if os.geteuid() == 0:
        for path in (tree, *tree.rglob("*")):
            shutil.chown(path, user)


def free_port(preferred: int) -> int:
    """Return the preferred port, or any other that is free now."""
    with closing(socket.socket()) as listener:
        try:
            listener.bind(("127.0.0.1", preferred))
        except OSError:
            listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
