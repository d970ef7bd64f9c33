"""The masking report: what was decided, and what is left of real values.

Figures and names only: no value of anybody's data is in it, and none can be worked out from it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMasked:
    """One masked column."""

    database: str
    column: str
    """`schema.table.column`; of a partitioned table it is the root's."""
    rule: str
    rows: int
    distinct_before: int
    distinct_after: int
    survivors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeObjectsHandled:
    """The large objects of one database."""

    database: str
    handling: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathsHandled:
    """The paths that one glob of the policy matches."""

    glob: str
    handling: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivors:
    """Where real values of a masked column were found."""

    database: str
    column: str
    survivors: int
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingReport:
    """What *verify* proved."""

    columns: tuple[ColumnMasked, ...]
    large_objects: tuple[LargeObjectsHandled, ...]
    paths: tuple[PathsHandled, ...]
    survivors: tuple[Survivors, ...]
    originals: int
    """How many different real values were looked for."""
    tables: int
    rows: int
    objects: int
    """How many objects of the schema were compared."""
    shared_with_production: tuple[str, ...]
    """Databases whose server holds real values, too: there they are in its WAL."""

    @property
    def survivors_total(self) -> int:
        """Return how many real values were found; 0 is what must be."""
        return sum(found.survivors for found in self.survivors)

    @property
    def said(self) -> str:
        """Return the report in a sentence."""
        return (
            f"{self.objects:,} objects, {self.rows:,} rows in {self.tables} tables and "
            f"{len(self.columns)} masked "
            f"columns verified; surviving real values: {self.survivors_total}"
        )

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return the report as plain data."""
        return {
            "columns": [dict(asdict(c)) for c in self.columns],
            "large_objects": [dict(asdict(o)) for o in self.large_objects],
            "paths": [dict(asdict(p)) for p in self.paths],
            "survivors": [dict(asdict(s)) for s in self.survivors],
            "survivors_total": self.survivors_total,
            "originals": self.originals,
            "tables": self.tables,
            "rows": self.rows,
            "objects": self.objects,
            "shared_with_production": list(self.shared_with_production),
            "note": (
                "A target's server that ever held unmasked data keeps it in recycled WAL "
                "segments until they are "
                "overwritten."
            ),
        }
