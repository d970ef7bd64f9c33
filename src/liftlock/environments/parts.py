"""What one environment consists of, with live handles: what a step works on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Self, TypeAlias

from pydantic import SecretStr

from liftlock.domain.environments import DatabaseRole, EnvironmentId, Kind
from liftlock.domain.moves import Scope
from liftlock.environments.commands import Command
from liftlock.environments.http_hooks import HttpHook
from liftlock.environments.servers import Database

Hook: TypeAlias = Command | HttpHook


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """For which move, and which attempt of it, somebody works on an environment."""

    move: int
    attempt: int
    clock_behind: timedelta = timedelta()
    """How far this machine's clock is behind the books', which is the one that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Commands that keep a server whole, as `LIFTLOCK_RESTORE_POINT`, and put it back."""

    take: Command
    put_back: Command
    drop: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """An application's hooks, commands or addresses. One that is not given is not needed."""

    drain: Hook | None = None
    """Closes to people, ends background work, then stops; or holds no session any more."""
    start: Hook | None = None
    """Runs the application, closed to people."""
    health: Hook | None = None
    """Succeeds when the application answers; asked again and again."""
    open: Hook | None = None
    """Lets people in again."""
    quiesce: Hook | None = None
    """Holds back writers for a moment; `open` lets them go on."""
    starts_closed: bool = True
    """False where *start* lets people in at once."""
    health_within_s: float = 120.0
    """How long the application may take until its first healthy answer."""
    user: str | None = None
    """Who runs a command that names nobody."""
    own_user_allowed: bool = False
    """The operator lets commands run as the worker's own user."""
    restore_point: Keeping | None = None
    """None: databases are copied by template."""
    secret: SecretStr | None = None
    """What requests to addresses are signed with."""
    root_certificate: str | None = None
    """PEM text: who vouches for the hosts of addresses; None: whoever this machine trusts."""

    @property
    def hooks(self) -> Mapping[str, Hook]:
        """Return the hooks that are given, by name."""
        named = {
            "drain": self.drain,
            "start": self.start,
            "health": self.health,
            "open": self.open,
            "quiesce": self.quiesce,
        }
        return {name: hook for name, hook in named.items() if hook is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readback:
    """How an application with books of its own says which modules it has; one of the two."""

    query: str | None = None
    """SQL for the SystemDB that returns code, version, digest."""
    command: Command | None = None
    """Prints one JSON array of objects with code, version, digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The databases, files and runtime of one environment, at their live names or at a copy's."""

    environment: EnvironmentId
    kind: Kind
    databases: tuple[Database, ...]
    files: Path
    """Where a move leaves the files alone, its copy and its restore point have the live directory
    here, too.
    """
    runtime: Runtime
    readback: Readback | None = None
    """None: Liftlock's own schema in the SystemDB says it."""
    errand: Errand | None = None
    """None: nobody's move."""
    has_files: bool = True
    """False where a scope leaves the files out: they are then neither copied nor renamed."""

    @property
    def systemdb(self) -> Database:
        """Return the database that says which modules are installed."""
        return next(d for d in self.databases if d.role is not DatabaseRole.DATA)

    def database(self, label: str) -> Database:
        """Return the database with this label."""
        return next(d for d in self.databases if d.label == label)

    def within(self, scope: Scope) -> Self:
        """Return the parts that an alignment of this scope replaces."""
        in_scope = {
            DatabaseRole.SYSTEMDB: scope.systemdb_and_files,
            DatabaseRole.DATA: scope.data,
            DatabaseRole.BOTH: scope.systemdb_and_files or scope.data,
        }
        databases = tuple(d for d in self.databases if in_scope[d.role])
        return replace(self, databases=databases, has_files=scope.systemdb_and_files)

    def at(self, name_of: Callable[[Database], str], files: Path) -> Self:
        """Return the same parts under other names: the attempt's copy, a restore point."""
        databases = tuple(d.at(name_of(d)) for d in self.databases)
        return replace(self, databases=databases, files=files if self.has_files else self.files)
