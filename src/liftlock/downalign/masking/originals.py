"""The real values that must not be in the target, as salted digests, never in the clear."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from liftlock.domain.decisions import Handling, Policy, TableCopy
from liftlock.domain.masking_rules import DAYS
from liftlock.domain.progress import Progress, Tell
from liftlock.domain.schemas import Column, Table
from liftlock.downalign.masking.chunks import chunks_of
from liftlock.downalign.masking.expressions import format_
from liftlock.downalign.masking.fingerprinting import (
    HEAD,
    SHORTEST,
    Salt,
    digest_of,
    read_digests,
    squeezed,
    whole,
)

NEVER_DISTINCTIVE = DAYS | {
    "boolean", "interval", "time without time zone", "time with time zone",
}  # fmt: skip
"""Any day is one that the rule for birth dates makes; times belong to nobody."""

_DISTINCTIVE: LiteralString = """
WITH plain AS MATERIALIZED (
  SELECT DISTINCT {column}::text COLLATE "C" AS v FROM ONLY {table} AS r
  WHERE {chunk} AND length({column}::text) >= {shortest}
), bytes AS MATERIALIZED (
  SELECT v, convert_to({squeezed}, 'UTF8') AS b FROM plain
), digests AS MATERIALIZED (
  SELECT b, CASE WHEN octet_length(b) >= {shortest} THEN {long_digest} ELSE {whole_digest} END AS d
  FROM bytes
), mine AS MATERIALIZED (
  SELECT b, d FROM digests WHERE get_byte(d, 0) % {shares} = {share}
)
SELECT string_agg(d, ''),
  (SELECT string_agg({head_digest}, '') FROM (
    SELECT DISTINCT substring(b, 1, {head}) AS h FROM mine WHERE octet_length(b) >= {shortest}
  ) AS heads),
  (SELECT array_agg(DISTINCT octet_length(b)) FROM mine WHERE octet_length(b) >= {shortest})
FROM mine
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One of several equal parts of all originals, so that memory stays bounded."""

    number: int = 0
    of: int = 1


ALL = Share()
MOST_SHARES = 64
MOST_AT_ONCE = 4_000_000
"""Originals that are held at once: about a hundred bytes each."""
_ROW_BYTES = 200
"""A guess, where nobody has counted a table's rows yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """A masked column of a source whose values are looked for."""

    database: str
    """The database's label."""
    table: str
    """`schema.name`, of a partitioned table its root."""
    column: str


@dataclass(slots=True, kw_only=True)
class Originals:
    """What is known of the originals: digests of whole values and of first bytes, lengths."""

    salt: Salt
    share: Share = ALL
    digests: set[int] = field(default_factory=set[int])
    heads: set[int] = field(default_factory=set[int])
    lengths: set[int] = field(default_factory=set[int])
    by_column: dict[MaskedColumn, "array[int]"] = field(
        default_factory=dict[MaskedColumn, "array[int]"]
    )
    """Eight bytes a value, for telling afterwards whose value was found."""

    def columns_of(self, found: set[int]) -> Iterator[tuple[MaskedColumn, set[int]]]:
        """Yield each column with those of the found digests that are its own."""
        for column, digests in self.by_column.items():
            own = found.intersection(digests)
            if own:
                yield column, own


def masked_columns(policy: Policy, tables: Sequence[Table]) -> Iterator[tuple[Table, Column]]:
    """Yield every masked column of the tables that travel."""
    for table in tables:
        if policy.copy_of(table) is TableCopy.FULL:
            for column in table.columns:
                decision = policy.decision(table, column)
                if (
                    decision is not None
                    and decision.handling is not Handling.KEEP
                    and not column.generated
                ):
                    yield table, column


def estimate(policy: Policy, tables: Sequence[Table]) -> int:
    """Return about how many originals a database has, at most."""
    return sum(
        max(table.rows_estimated, table.bytes // _ROW_BYTES)
        for table, column in masked_columns(policy, tables)
        if column.base_type not in NEVER_DISTINCTIVE
    )


def fetch(
    originals: Originals,
    source: Connection[TupleRow],
    *,
    label: str,
    policy: Policy,
    tables: Sequence[Table],
    tell: Tell,
) -> None:
    """Add a database's distinctive originals, as digests.

    Raises: psycopg.Error, what `tell` raises.
    """
    for table, column in masked_columns(policy, tables):
        if column.base_type not in NEVER_DISTINCTIVE:
            name = MaskedColumn(
                database=label, table=table.parent or table.full_name, column=column.name
            )
            _fetch_column(originals, source, table, name, tell)


def _fetch_column(
    originals: Originals,
    source: Connection[TupleRow],
    table: Table,
    name: MaskedColumn,
    tell: Tell,
) -> None:
    own = originals.by_column.setdefault(name, array("Q"))
    for chunk in chunks_of(source, table):
        tell(Progress(said=f"noting values of {name.table}.{name.column}"))
        statement = _statement(table, name.column, chunk, originals.share)
        row = source.execute(statement, binary=True).fetchone()
        digests, heads, lengths = row or (None, None, None)
        numbers = read_digests(digests)
        own.extend(numbers)
        originals.digests.update(numbers)
        originals.heads.update(read_digests(heads))
        originals.lengths.update(lengths or ())


def _statement(table: Table, column: str, chunk: sql.Composable, share: Share) -> sql.Composed:
    v, b = sql.Identifier("v"), sql.Identifier("b")
    whole_bytes = format_("convert_to({whole}, 'UTF8')", whole=whole(v))
    return format_(
        _DISTINCTIVE,
        column=sql.Identifier("r", column),
        table=sql.Identifier(table.schema, table.name),
        chunk=chunk,
        shortest=SHORTEST,
        head=HEAD,
        share=share.number,
        shares=share.of,
        squeezed=squeezed(v),
        long_digest=digest_of(b),
        whole_digest=digest_of(whole_bytes),
        head_digest=digest_of(sql.Identifier("h")),
    )
