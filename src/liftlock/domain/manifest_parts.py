"""What a module's manifest consists of: files, migrations, commands, checks, scripts. Pure."""

from dataclasses import dataclass

from liftlock.domain.environments import DatabaseRole

SYSTEMDB = "systemdb"
"""As a database in a manifest: the SystemDB, whatever its label."""
DATA = "data"
"""As a database in a manifest: each data repository."""


def names_of(label: str, role: DatabaseRole) -> tuple[str, ...]:
    """Return every name by which a manifest may mean a database, its own label last."""
    systemdb = () if role is DatabaseRole.DATA else (SYSTEMDB,)
    data = () if role is DatabaseRole.SYSTEMDB else (DATA,)
    return tuple(dict.fromkeys((*systemdb, *data, label)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Which files of the source folder the environment gets: all below `root` but the excluded."""

    root: str
    exclude: tuple[str, ...] = ()
    """Globs over paths below `root`; `*` stops at a slash, `**` does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """SQL that changes a database once; its file is its name."""

    database: str
    """`systemdb`, `data` (each data repository) or a database's label."""
    file: str
    transactional: bool = True
    """False: statement by statement, each for itself; never repeated on a half state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCommand:
    """A program that a module brings or expects; one that begins with `./` is in its payload."""

    argv: tuple[str, ...]
    timeout_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A question after installing: SQL that must return true, or a command that must return 0."""

    name: str
    database: str | None = None
    sql: str | None = None
    command: ModuleCommand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neutralize:
    """SQL that switches off what must not act outside Production; `check` must be true after."""

    file: str
    check: str | None = None
