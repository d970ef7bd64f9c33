"""Losses: what an alignment would take from its target, shown before it is confirmed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from liftlock.domain.modules import Installed, ModuleCode


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
