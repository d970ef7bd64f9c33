"""Environments in the books; how their databases are reached is kept locked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr, TypeAdapter

from liftlock.books import Transaction
from liftlock.domain.environments import (
    DatabaseRole,
    DataPolicy,
    Environment,
    EnvironmentId,
    Kind,
    Tls,
)
from liftlock.domain.organisations import OrganisationId
from liftlock.environments.parts import Parts, Readback, Runtime
from liftlock.environments.safe_connections import Demand
from liftlock.environments.servers import Database
from liftlock.store import constraints

RUNTIMES = TypeAdapter(Runtime)
READBACKS: TypeAdapter[Readback | None] = TypeAdapter(Readback | None)

ADD: LiteralString = """
    INSERT INTO environments (organisation_id, kind, data_policy, files, runtime, readback,
                              schema_ignored, hook_secret,
                              registered_at)
    VALUES (%(organisation)s, %(kind)s, %(data_policy)s, %(files)s, %(runtime)s, %(readback)s,
            %(schema_ignored)s, %(hook_secret)s,
            %(now)s)
 RETURNING id
"""

SAVE: LiteralString = """
    UPDATE environments
       SET data_policy = %(data_policy)s, files = %(files)s, runtime = %(runtime)s,
           readback = %(readback)s, hook_secret = %(hook_secret)s,
           schema_ignored = %(schema_ignored)s
     WHERE organisation_id = %(organisation)s AND id = %(id)s
"""

ADD_DATABASE: LiteralString = """
    INSERT INTO environment_databases (environment_id, label, role, server, name, maintenance,
                                       disk, keeper, application, tls, root_certificate)
    VALUES (%(environment)s, %(label)s, %(role)s, %(server)s, %(name)s, %(maintenance)s,
            %(disk)s, %(keeper)s, %(application)s, %(tls)s, %(root_certificate)s)
"""

DROP_DATABASES: LiteralString = """
    DELETE FROM environment_databases
     WHERE environment_id = %(environment)s
"""

COLUMNS: LiteralString = """
    SELECT id, organisation_id, kind, data_policy
      FROM environments
"""

LOAD: LiteralString = COLUMNS + " WHERE organisation_id = %(organisation)s AND id = %(id)s"

OF_KIND: LiteralString = COLUMNS + " WHERE organisation_id = %(organisation)s AND kind = %(kind)s"

OF_ORGANISATION: LiteralString = COLUMNS + " WHERE organisation_id = %(organisation)s ORDER BY id"

ORGANISATION_OF: LiteralString = "SELECT organisation_id FROM environments WHERE id = %(id)s"

SETTINGS: LiteralString = """
    SELECT kind, files, runtime, readback, schema_ignored, hook_secret
      FROM environments
     WHERE organisation_id = %(organisation)s AND id = %(id)s
"""

DATABASES: LiteralString = """
    SELECT label, role, name, maintenance, disk, keeper, application, tls, root_certificate
      FROM environment_databases
     WHERE environment_id = %(environment)s
     ORDER BY id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Everything that an operator says about an environment."""

    kind: Kind
    data_policy: DataPolicy | None
    databases: tuple[Database, ...]
    files: Path
    runtime: Runtime
    readback: Readback | None = None
    """None: Liftlock's own schema in the SystemDB says which modules are installed."""
    schema_ignored: tuple[str, ...] = ()
    """Globs of what the application changes in its schema by itself: no part of a baseline."""


class EnvironmentRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    organisation_id: int
    kind: str
    data_policy: str | None


def as_environment(**row: Unpack[EnvironmentRow]) -> Environment:
    """Make an environment of a row."""
    return Environment(
        id=EnvironmentId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        kind=Kind(row["kind"]),
        data_policy=None if row["data_policy"] is None else DataPolicy(row["data_policy"]),
    )


class SettingsRow(TypedDict):
    """The columns of `SETTINGS`."""

    kind: str
    files: str
    runtime: object
    readback: object
    schema_ignored: list[str]
    hook_secret: bytes | None


class DatabaseRow(TypedDict):
    """The columns of `DATABASES`."""

    label: str
    role: str
    name: str
    maintenance: str
    disk: str | None
    keeper: bytes
    application: bytes
    tls: str
    root_certificate: str | None


def add(
    tx: Transaction,
    organisation: OrganisationId,
    registration: Registration,
    servers: Mapping[str, str],
) -> EnvironmentId:
    """Write a new environment; `servers` has the identity of the server of each database, by label.

    Raises:
        EnvironmentExists: the organisation has one of this kind.
        SamePlaceTwice: a database or directory belongs to another environment.
        ReplicaForDevelopment: the database refuses it as well.
    """
    fields = _settings(tx, registration) | {
        "organisation": organisation,
        "kind": registration.kind,
        "now": tx.now,
    }
    rows: list[tuple[int]] = constraints.write(tx, ADD, fields).fetchall()
    id_ = EnvironmentId(rows[0][0])
    _add_databases(tx, id_, registration, servers)
    return id_


def save(
    tx: Transaction,
    organisation: OrganisationId,
    id_: EnvironmentId,
    registration: Registration,
    servers: Mapping[str, str],
) -> None:
    """Write an environment anew; raises as `add` does."""
    fields = _settings(tx, registration) | {"organisation": organisation, "id": id_}
    _ = constraints.write(tx, SAVE, fields)
    tx.connection.execute(DROP_DATABASES, {"environment": id_})
    _add_databases(tx, id_, registration, servers)


def _settings(tx: Transaction, registration: Registration) -> dict[str, object]:
    runtime = replace(registration.runtime, secret=None)
    secret = registration.runtime.secret
    return {
        "hook_secret": None if secret is None else tx.secrets.lock(secret),
        "data_policy": registration.data_policy,
        "files": str(registration.files),
        "runtime": Jsonb(RUNTIMES.dump_python(runtime, mode="json")),
        "readback": Jsonb(READBACKS.dump_python(registration.readback, mode="json")),
        "schema_ignored": list(registration.schema_ignored),
    }


def _add_databases(
    tx: Transaction, id_: EnvironmentId, registration: Registration, servers: Mapping[str, str]
) -> None:
    for database in registration.databases:
        fields = {
            "environment": id_,
            "label": database.label,
            "role": database.role,
            "server": servers[database.label],
            "name": database.name,
            "maintenance": database.maintenance,
            "disk": None if database.disk is None else str(database.disk),
            "keeper": tx.secrets.lock(database.keeper),
            "application": tx.secrets.lock(database.application),
            "tls": database.demand.tls,
            "root_certificate": database.demand.root_certificate,
        }
        _ = constraints.write(tx, ADD_DATABASE, fields)


def load(tx: Transaction, organisation: OrganisationId, id_: EnvironmentId) -> Environment | None:
    """Return an environment of this organisation; another's is None."""
    return _one(tx, LOAD, {"organisation": organisation, "id": id_})


def of_kind(tx: Transaction, organisation: OrganisationId, kind: Kind) -> Environment | None:
    """Return the organisation's environment of this kind."""
    return _one(tx, OF_KIND, {"organisation": organisation, "kind": kind})


def of_organisation(tx: Transaction, organisation: OrganisationId) -> list[Environment]:
    """Return the organisation's environments."""
    with tx.connection.cursor(row_factory=kwargs_row(as_environment)) as cursor:
        return cursor.execute(OF_ORGANISATION, {"organisation": organisation}).fetchall()


def organisation_of(tx: Transaction, id_: EnvironmentId) -> OrganisationId | None:
    """Return whose an environment is."""
    row: tuple[int] | None = tx.connection.execute(ORGANISATION_OF, {"id": id_}).fetchone()
    return OrganisationId(row[0]) if row else None


def registration(
    tx: Transaction, environment: Environment, application_name: str = "liftlock"
) -> Registration:
    """Return what was registered, unlocked; connections will carry this application name."""

    def as_registration(**row: Unpack[SettingsRow]) -> Registration:
        return Registration(
            kind=environment.kind,
            data_policy=environment.data_policy,
            databases=_databases(tx, environment.id, application_name),
            files=Path(row["files"]),
            runtime=replace(RUNTIMES.validate_python(row["runtime"]), secret=_secret(tx, row)),
            readback=READBACKS.validate_python(row["readback"]),
            schema_ignored=tuple(row["schema_ignored"]),
        )

    fields = {"organisation": environment.organisation, "id": environment.id}
    with tx.connection.cursor(row_factory=kwargs_row(as_registration)) as cursor:
        return cursor.execute(SETTINGS, fields).fetchall()[0]


def parts(tx: Transaction, environment: Environment, application_name: str = "liftlock") -> Parts:
    """Return live handles on an environment; their connections will carry this application name."""
    found = registration(tx, environment, application_name)
    return Parts(
        environment=environment.id,
        kind=found.kind,
        databases=found.databases,
        files=found.files,
        runtime=found.runtime,
        readback=found.readback,
    )


def _secret(tx: Transaction, row: SettingsRow) -> SecretStr | None:
    locked = row["hook_secret"]
    return None if locked is None else tx.secrets.unlock(locked)


def _databases(
    tx: Transaction, environment: EnvironmentId, application_name: str
) -> tuple[Database, ...]:
    def as_database(**row: Unpack[DatabaseRow]) -> Database:
        return Database(
            label=row["label"],
            role=DatabaseRole(row["role"]),
            name=row["name"],
            keeper=tx.secrets.unlock(row["keeper"]),
            application=tx.secrets.unlock(row["application"]),
            maintenance=row["maintenance"],
            disk=None if row["disk"] is None else Path(row["disk"]),
            demand=Demand(tls=Tls(row["tls"]), root_certificate=row["root_certificate"]),
            application_name=application_name,
        )

    with tx.connection.cursor(row_factory=kwargs_row(as_database)) as cursor:
        return tuple(cursor.execute(DATABASES, {"environment": environment}).fetchall())


def _one(
    tx: Transaction, statement: LiteralString, fields: dict[str, object]
) -> Environment | None:
    with tx.connection.cursor(row_factory=kwargs_row(as_environment)) as cursor:
        return cursor.execute(statement, fields).fetchone()
