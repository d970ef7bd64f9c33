"""The decisions that a masking policy is made of. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from liftlock.domain.globs import matches
from liftlock.domain.schemas import Column, Table

Option: TypeAlias = "str | int | bool"
OWN_SCHEMA = "liftlock"
"""Liftlock's own schema in a managed database. It holds nobody's data, so it is always kept."""
FILES = "files"
"""The repository name of the policy for the files configuration."""


class Handling(StrEnum):
    """What happens to a column, a set of large objects or a path."""

    KEEP = "keep"
    MASK = "mask"
    PLACEHOLDER = "placeholder"
    LEAVE_OUT = "leave_out"


class TableCopy(StrEnum):
    """How much of a table travels."""

    FULL = "full"
    EMPTY = "empty"
    ABSENT = "absent"


class OnClash(StrEnum):
    """What happens when a preserved row meets a row of Production with the same key."""

    STOP = "stop"
    RENUMBER = "renumber"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDecision:
    """Keep a column, or mask it by a rule with options."""

    handling: Handling
    rule: str | None = None
    """A name of `masking_rules.RULES`; None when the column is kept."""
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])


KEEP = ColumnDecision(handling=Handling.KEEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePolicy:
    """Decisions for one table (`schema.name`; a partitioned table stands for its leaves)."""

    copy: TableCopy | None = None
    """None: nobody said; then the table travels in full. Ask `Policy.copy_of`."""
    columns: Mapping[str, ColumnDecision] = field(default_factory=dict[str, ColumnDecision])


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDecision:
    """A decision for the paths that a glob matches; the first match counts."""

    glob: str
    handling: Handling
    rename: str | None = None
    """The path's new name in the target; `{database}` in it stands for the name of the target's
    SystemDB.
    """
    scanned: bool = True
    """Whether verify looks for real values there; False is for what is the same for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserver:
    """Rows of the target that survive an alignment: all of a table, or where a condition holds."""

    table: str
    rows: str | None = None
    natural_key: tuple[str, ...] = ()
    on_clash: OnClash = OnClash.STOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """SQL or a command that runs on the copy before it goes live.

    `check` is SQL that must return true afterwards.
    """

    name: str
    sql: str | None = None
    command: tuple[str, ...] | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All decisions for one repository, or for `files`.

    Merged from modules and operator, the operator's word last.
    """

    repository: str
    tables: Mapping[str, TablePolicy] = field(default_factory=dict[str, TablePolicy])
    large_objects: Handling | None = None
    paths: tuple[PathDecision, ...] = ()
    preservers: tuple[Preserver, ...] = ()
    preserved_paths: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()
    catalog: Mapping[str, Handling] = field(default_factory=dict[str, Handling])
    """Decisions on named catalog objects that cannot travel blindly: `publication:p`,
    `server:s`, `subscription:x`.
    """

    def table(self, table: Table) -> TablePolicy:
        """Return the decisions that count for a table: for a leaf partition, those of its root."""
        return self.tables.get(table.parent or table.full_name, TablePolicy())

    def copy_of(self, table: Table) -> TableCopy:
        """Return how much of a table travels; in full when nobody said."""
        return self.table(table).copy or TableCopy.FULL

    def decision(self, table: Table, column: Column) -> ColumnDecision | None:
        """Return the decision for a column, or None when there is none."""
        if table.schema == OWN_SCHEMA:
            return KEEP
        return self.table(table).columns.get(column.name)

    def path_decision(self, path: str) -> PathDecision | None:
        """Return the first decision whose glob matches a path (relative, with `/`), or None."""
        return next((d for d in self.paths if matches(d.glob, path)), None)
