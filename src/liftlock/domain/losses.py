"""Losses: what an alignment would take from its target, shown before it is confirmed. Pure."""

from dataclasses import dataclass

from liftlock.domain.modules import Installed


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
    rows: tuple[RowsLost, ...]
    files: tuple[str, ...]
    """Paths that are not as in Production; the first of them."""
    files_total: int
    newer: tuple[str, ...]
    """Repositories that would stay newer than the modules that come."""
