"""Losses: what an alignment would take from its target, shown before it is confirmed. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from liftlock.domain.modules import Installed, ModuleCode
from liftlock.errors import Stale

MARK_LETTERS = 12


class LossNotShown(Stale):
    """A choice would lose more than the person had before them."""

    code = "proposal.loss_not_shown"
    sentence = (
        "This choice loses more than the page showed when you confirmed. Nothing has been "
        "scheduled: look at what {environment} would lose, then confirm."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsLost:
    """Rows of one table of the target that Production does not have."""

    repository: str
    """The database's label."""
    table: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What would disappear from a target; what is preserved is not among it."""

    modules: tuple[Installed, ...]
    """Installed there, and not in Production."""
    becomes: Mapping[ModuleCode, str]
    """The versions that Production has of these modules, and so will the target."""
    rows: tuple[RowsLost, ...]
    files: tuple[str, ...]
    """Paths that are not as in Production; the first of them."""
    files_total: int
    newer: tuple[str, ...]
    """Repositories that would stay newer than the modules that come."""
    kept: tuple[str, ...]
    """What is preserved: tables, and paths of files."""

    @property
    def things(self) -> tuple[str, ...]:
        """Return each thing that would be lost, by name; how many rows or bytes is left out."""
        modules = (f"{m.code} {m.version} {self.becomes.get(m.code, '')}" for m in self.modules)
        tables = (f"{each.repository}: {each.table}" for each in self.rows)
        return (*modules, *tables, *self.files, *(f"newer: {label}" for label in self.newer))


def marks(things: Iterable[str]) -> str:
    """Return a short mark of each thing, spaces between: what a form carries of what it showed."""
    return " ".join(sorted(map(_mark, things)))


def require_shown(environment: str, things: Iterable[str], shown: str) -> None:
    """Refuse to lose what was not among the marks of what was shown; less may always be lost.

    Raises:
        LossNotShown: something is not among them.
    """
    if set(map(_mark, things)) - set(shown.split()):
        raise LossNotShown(environment=environment)


def _mark(thing: str) -> str:
    return hashlib.sha256(thing.encode()).hexdigest()[:MARK_LETTERS]
