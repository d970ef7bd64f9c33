"""Environments over JSON. Connections go in and never come out."""

from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, SecretStr

from liftlock.domain.environments import DatabaseRole, DataPolicy, EnvironmentNotFound, Kind
from liftlock.environments.commands import Command
from liftlock.environments.parts import Readback, Runtime
from liftlock.environments.servers import Database
from liftlock.services import contents, environments, findings, organisations
from liftlock.services.environments import Registration
from liftlock.web.api.packages import InstalledShown, installed_shown
from liftlock.web.edge import Of, Tx, Who

router = APIRouter(tags=["environments"])


class Given(BaseModel):
    """What may be said and nothing else: a misspelt word is refused by name."""

    model_config = ConfigDict(extra="forbid")


class CommandGiven(Given):
    """An argument list, never a shell."""

    argv: tuple[str, ...]
    user: str | None = None
    timeout_s: float = 60.0

    def command(self) -> Command:
        """Return the command."""
        return Command(argv=self.argv, user=self.user, timeout_s=self.timeout_s)


class RuntimeGiven(Given):
    """How an environment's application is drained, started, asked and opened."""

    drain: CommandGiven | None = None
    start: CommandGiven | None = None
    health: CommandGiven | None = None
    open: CommandGiven | None = None
    quiesce: CommandGiven | None = None
    starts_closed: bool = True
    health_within_s: float = 120.0
    user: str | None = None
    own_user_allowed: bool = False

    def runtime(self) -> Runtime:
        """Return the runtime."""
        return Runtime(
            drain=_command(self.drain),
            start=_command(self.start),
            health=_command(self.health),
            open=_command(self.open),
            quiesce=_command(self.quiesce),
            starts_closed=self.starts_closed,
            health_within_s=self.health_within_s,
            user=self.user,
            own_user_allowed=self.own_user_allowed,
        )


class DatabaseGiven(Given):
    """One database and the two ways into it."""

    role: DatabaseRole
    name: str
    keeper: SecretStr
    application: SecretStr
    maintenance: str = "postgres"


class ReadbackGiven(Given):
    """How an application that keeps its own books says which modules are installed."""

    query: str | None = None
    command: CommandGiven | None = None


class EnvironmentGiven(Given):
    """Everything that an operator says about an environment."""

    files: Path
    data_policy: DataPolicy | None = None
    databases: dict[str, DatabaseGiven]
    runtime: RuntimeGiven = RuntimeGiven()
    readback: ReadbackGiven | None = None
    schema_ignored: tuple[str, ...] = ()

    def registration(self, kind: Kind) -> Registration:
        """Return what the service takes."""
        return Registration(
            kind=kind,
            data_policy=self.data_policy,
            databases=tuple(_database(label, d) for label, d in self.databases.items()),
            files=self.files,
            runtime=self.runtime.runtime(),
            readback=_readback(self.readback),
            schema_ignored=self.schema_ignored,
        )


class EnvironmentShown(BaseModel):
    """An environment without its connections; `databases`: from label to database name."""

    kind: Kind
    data_policy: DataPolicy | None
    files: str
    databases: dict[str, str]


class EnvironmentWithModules(EnvironmentShown):
    """An environment, and what it reports to be installed."""

    installed: list[InstalledShown]


class FindingShown(BaseModel):
    """One thing to mend in an environment, and what to do about it."""

    where: str
    said: str


class LossesShown(BaseModel):
    """What an alignment would take from an environment."""

    modules: list[InstalledShown]
    files: list[str]
    rows: dict[str, int]


def _command(given: CommandGiven | None) -> Command | None:
    return None if given is None else given.command()


def _readback(given: ReadbackGiven | None) -> Readback | None:
    return given and Readback(query=given.query, command=_command(given.command))


def _database(label: str, given: DatabaseGiven) -> Database:
    return Database(
        label=label,
        role=given.role,
        name=given.name,
        keeper=given.keeper,
        application=given.application,
        maintenance=given.maintenance,
    )


def shown(registration: Registration) -> EnvironmentShown:
    """Return what a caller may see of an environment."""
    return EnvironmentShown(
        kind=registration.kind,
        data_policy=registration.data_policy,
        files=str(registration.files),
        databases={d.label: d.name for d in registration.databases},
    )


@router.put("/organisations/{code}/environments/{kind}")
def put(tx: Tx, who: Who, code: str, kind: Kind, given: EnvironmentGiven) -> EnvironmentShown:
    """Set up an environment, or change it."""
    organisation = organisations.show(tx, who, code)
    wished = given.registration(kind)
    try:
        present = environments.of_kind(tx, organisation.id, kind)
    except EnvironmentNotFound:
        made = environments.register(tx, who, organisation.id, wished)
    else:
        made = environments.change(tx, who, present.id, wished)
    return shown(environments.show(tx, who, made.id))


@router.get("/environments")
def list_environments(tx: Tx, who: Who, organisation: Of) -> list[EnvironmentShown]:
    """Return the organisation's environments."""
    found = environments.list_all(tx, who, organisation.id)
    return [shown(environments.show(tx, who, environment.id)) for environment in found]


@router.get("/environments/{kind}")
def show(tx: Tx, who: Who, organisation: Of, kind: Kind) -> EnvironmentWithModules:
    """Return an environment, and what it reports to be installed."""
    environment = environments.of_kind(tx, organisation.id, kind)
    found = shown(environments.show(tx, who, environment.id))
    installed = installed_shown(contents.installed(tx, environment))
    return EnvironmentWithModules(**dict(found), installed=installed)


@router.get("/environments/{kind}/check")
def check(tx: Tx, who: Who, organisation: Of, kind: Kind) -> list[FindingShown]:
    """Return what is to be mended in an environment."""
    environment = environments.of_kind(tx, organisation.id, kind)
    found = findings.of_environment(tx, who, environment.id)
    return [FindingShown(where=each.where, said=each.said) for each in found]
