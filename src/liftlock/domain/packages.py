"""Packages, immutable builds of modules: on the shelf, installed here and there. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from liftlock.domain.environments import Kind
from liftlock.domain.modules import (
    Difference,
    Digest,
    Installed,
    ModuleCode,
    UnreadableVersion,
    by_code,
    difference,
)
from liftlock.errors import Conflict, Invalid, LiftlockError, NotFound


class PackageNotFound(NotFound):
    """The module store has no such package."""

    code = "package.not_found"
    sentence = "The module store has no package {package}. Build it, or push it, first."


class TamperedPackage(Conflict):
    """What the module store holds is not what its digest promises."""

    code = "package.tampered"
    sentence = (
        "Package {package} is not what was built: {blob} was changed or is missing in the module"
        " store. Find out who changed it, then build or push the package again."
    )


class UnreadablePackage(Invalid):
    """A package has the right digests, but not the form of a module's package."""

    code = "package.unreadable"
    sentence = "Package {package} cannot be read: {problem}. Build it again with this version."


class SourceRefused(Invalid):
    """A file of a module's source folder cannot be part of a package."""

    code = "package.source_refused"
    sentence = "{path} {problem}. Nothing was built."


class DevelopmentInAMove(Conflict):
    """Modules cannot be installed while a move reads or replaces Development."""

    code = "package.development_in_a_move"
    sentence = "{move} is running and touches Development. Install when it has ended."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """The latest build of a module that the organisation has in the module store."""

    code: ModuleCode
    title: str
    version: str
    digest: Digest
    pushed_by: str
    pushed_at: datetime
    builds: int
    """How many the organisation has of this module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A module in one environment."""

    kind: Kind
    installed: Installed | None
    standing: Difference | None
    """How it differs from Production's; None: not at all, or Production could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRow:
    """One module wherever it is."""

    code: ModuleCode
    title: str
    places: tuple[Place, ...]
    shelved: Shelved | None

    @property
    def differs(self) -> bool:
        """Tell whether an environment has something else than Production."""
        return any(place.standing is not None for place in self.places)

    def in_(self, kind: Kind) -> Installed | None:
        """Return what an environment has of it."""
        return next((p.installed for p in self.places if p.kind is kind), None)


def rows(
    there: Mapping[Kind, tuple[Installed, ...] | LiftlockError], shelved: Iterable[Shelved]
) -> tuple[ModuleRow, ...]:
    """Return every module that is in the store or in an environment that could be read, by code."""
    known = {kind: by_code(m) for kind, m in there.items() if not isinstance(m, LiftlockError)}
    shelf = {each.code: each for each in shelved}
    codes = shelf.keys() | {code for modules in known.values() for code in modules}
    return tuple(_row(code, known, shelf.get(code)) for code in sorted(codes))


def _row(
    code: ModuleCode,
    known: Mapping[Kind, Mapping[ModuleCode, Installed]],
    shelved: Shelved | None,
) -> ModuleRow:
    found = {kind: modules.get(code) for kind, modules in known.items()}
    readable = Kind.PRODUCTION in known
    places = tuple(
        Place(
            kind=kind,
            installed=module,
            standing=_standing(module, found[Kind.PRODUCTION]) if readable else None,
        )
        for kind, module in found.items()
    )
    return ModuleRow(
        code=code, title=shelved.title if shelved else "", places=places, shelved=shelved
    )


def _standing(module: Installed | None, production: Installed | None) -> Difference | None:
    if module == production:
        return None
    try:
        return difference(module, production)
    except UnreadableVersion:
        return Difference.REBUILT
