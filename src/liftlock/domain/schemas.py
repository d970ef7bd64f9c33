"""What a database's catalog says about tables and columns. Pure facts for policies and plans."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """As `format_type` writes it: `character varying(80)`."""
    base_type: str
    """The type under a domain, without length: `character varying`; others by their name."""
    not_null: bool
    generated: bool = False
    identity: bool = False
    unique: bool = False
    """Alone in a primary key, unique index or constraint (partial and expression ones too)."""
    references: str | None = None
    """`schema.table.column` that a single-column foreign key points to."""
    comment: str = ""
    length: int | None = None
    """Most characters of `character varying(n)`, `character(n)`, also under a domain; None: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table that holds rows: an ordinary table or a leaf partition."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    bytes: int = 0
    rows_estimated: int = 0
    parent: str | None = None
    """The partitioned table at the root, whose decisions count for this leaf."""
    unique_together: tuple[tuple[str, ...], ...] = ()
    """Columns of each key, unique or exclusion constraint and unique index over several columns."""

    @property
    def full_name(self) -> str:
        """Return `schema.name`, as policies write it."""
        return f"{self.schema}.{self.name}"
