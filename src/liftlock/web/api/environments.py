"""Environments over JSON. Connections go in and never come out."""

from pathlib import Path
from typing import Annotated, Self, TypeAlias

from fastapi import APIRouter
from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from liftlock.domain.environments import DatabaseRole, DataPolicy, EnvironmentNotFound, Kind, Tls
from liftlock.environments.commands import Command
from liftlock.environments.http_hooks import HttpHook
from liftlock.environments.parts import Keeping, Readback, Runtime
from liftlock.environments.safe_connections import Demand
from liftlock.environments.servers import Database
from liftlock.services import contents, environments, findings, organisations
from liftlock.services.environments import Registration
from liftlock.web.api.packages import InstalledShown, installed_shown
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import (
    CHOICE,
    Code,
    CodeInPath,
    Given,
    LongLine,
    LongText,
    Seconds,
    Secret,
)
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(tags=["environments"], route_class=OnceRoute)


class CommandGiven(Given):
    """An argument list, never a shell."""

    argv: Annotated[tuple[LongLine, ...], Field(min_length=1, max_length=200)]
    user: Code | None = None
    timeout_s: Seconds = 60.0

    def hook(self) -> Command:
        """Return the command."""
        return Command(argv=self.argv, user=self.user, timeout_s=self.timeout_s)


class HttpHookGiven(Given):
    """An address that is called with a signed request."""

    url: LongLine
    timeout_s: Seconds = 60.0

    def hook(self) -> HttpHook:
        """Return the hook."""
        return HttpHook(url=self.url, timeout_s=self.timeout_s)


def _kind_of_hook(given: object) -> str:
    """Say what somebody meant: one mistake in a command is not a mistake in an address, too."""
    is_address = isinstance(given, HttpHookGiven) or (isinstance(given, dict) and "url" in given)
    return f"{CHOICE}address" if is_address else f"{CHOICE}command"


HookGiven: TypeAlias = Annotated[
    Annotated[CommandGiven, Tag(f"{CHOICE}command")]
    | Annotated[HttpHookGiven, Tag(f"{CHOICE}address")],
    Discriminator(_kind_of_hook),
]


class KeepingGiven(Given):
    """Commands that keep Production's server whole before a move, and put it back."""

    take: CommandGiven
    put_back: CommandGiven
    drop: CommandGiven

    def keeping(self) -> Keeping:
        """Return the commands."""
        return Keeping(take=self.take.hook(), put_back=self.put_back.hook(), drop=self.drop.hook())


class RuntimeGiven(Given):
    """How an environment's application is drained, started, asked and opened."""

    drain: HookGiven | None = None
    start: HookGiven | None = None
    health: HookGiven | None = None
    open: HookGiven | None = None
    quiesce: HookGiven | None = None
    starts_closed: bool = True
    health_within_s: Seconds = 120.0
    user: Code | None = None
    own_user_allowed: bool = False
    restore_point: KeepingGiven | None = None
    secret: Secret | None = None
    """What requests to addresses are signed with, at least 32 letters."""
    root_certificate: LongText | None = None
    """In PEM: the authority that vouches for the hosts of addresses."""

    def runtime(self) -> Runtime:
        """Return the runtime."""
        return Runtime(
            drain=self.drain and self.drain.hook(),
            start=self.start and self.start.hook(),
            health=self.health and self.health.hook(),
            open=self.open and self.open.hook(),
            quiesce=self.quiesce and self.quiesce.hook(),
            starts_closed=self.starts_closed,
            health_within_s=self.health_within_s,
            user=self.user,
            own_user_allowed=self.own_user_allowed,
            restore_point=self.restore_point and self.restore_point.keeping(),
            secret=self.secret,
            root_certificate=self.root_certificate,
        )


class DatabaseGiven(Given):
    """One database and the two ways into it."""

    role: DatabaseRole
    name: Code
    keeper: Secret
    application: Secret
    maintenance: Code = "postgres"
    disk: Path | None = None
    """A folder of this machine on the server's data disk, so that free space can be seen."""
    tls: Tls = Tls.VERIFY
    """`none`: nobody else can listen on the way, or the server is on this machine."""
    root_certificate: LongText | None = None
    """In PEM: the authority that vouches for the server."""


class ReadbackGiven(Given):
    """How an application that keeps its own books says which modules are installed."""

    query: LongText | None = None
    command: CommandGiven | None = None

    @model_validator(mode="after")
    def in_one_way(self) -> Self:
        """Refuse none of the two, and both."""
        if (self.query is None) is (self.command is None):
            said = "say it in one way: query, or command"
            raise ValueError(said)
        return self


class EnvironmentGiven(Given):
    """Everything that an operator says about an environment."""

    files: LongLine
    data_policy: DataPolicy | None = None
    databases: Annotated[dict[Code, DatabaseGiven], Field(max_length=100)]
    runtime: RuntimeGiven = RuntimeGiven()
    readback: ReadbackGiven | None = None
    schema_ignored: Annotated[tuple[Code, ...], Field(max_length=1000)] = ()
    root_certificate: LongText | None = None
    """In PEM, for each database that names none of its own."""

    def registration(self, kind: Kind) -> Registration:
        """Return what the service takes."""
        return Registration(
            kind=kind,
            data_policy=self.data_policy,
            databases=tuple(self._database(label, d) for label, d in self.databases.items()),
            files=Path(self.files),
            runtime=self.runtime.runtime(),
            readback=_readback(self.readback),
            schema_ignored=self.schema_ignored,
        )

    def _database(self, label: str, given: DatabaseGiven) -> Database:
        return Database(
            label=label,
            role=given.role,
            name=given.name,
            keeper=given.keeper,
            application=given.application,
            maintenance=given.maintenance,
            disk=given.disk,
            demand=Demand(
                tls=given.tls, root_certificate=given.root_certificate or self.root_certificate
            ),
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


def _command(given: CommandGiven | None) -> Command | None:
    return None if given is None else given.hook()


def _readback(given: ReadbackGiven | None) -> Readback | None:
    return given and Readback(query=given.query, command=_command(given.command))


def shown(registration: Registration) -> EnvironmentShown:
    """Return what a caller may see of an environment."""
    return EnvironmentShown(
        kind=registration.kind,
        data_policy=registration.data_policy,
        files=str(registration.files),
        databases={d.label: d.name for d in registration.databases},
    )


@router.put("/organisations/{code}/environments/{kind}")
def put(
    tx: Tx, who: Who, code: CodeInPath, kind: Kind, given: EnvironmentGiven
) -> EnvironmentShown:
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


@router.get("/environments", responses=PAGED)
def list_environments(tx: Tx, who: Who, organisation: Of, page: Paging) -> list[EnvironmentShown]:
    """Return the organisation's environments."""
    every = environments.list_all(tx, who, organisation.id)
    found = page.cut(every, lambda each: (tuple(Kind).index(each.kind),))
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
