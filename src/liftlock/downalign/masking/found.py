"""What a scan has found so far, and what of it counts in the end."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import LiteralString, TypeAlias

from psycopg import sql

from liftlock.domain.decisions import Handling, Policy
from liftlock.downalign.masking.chunks import chunks_of
from liftlock.downalign.masking.expressions import format_
from liftlock.downalign.masking.fingerprinting import salted
from liftlock.downalign.masking.places import Values
from liftlock.downalign.masking.scanned import Opened
from liftlock.downalign.masking.searching import MOST_BYTES, Search

_PRESENT: LiteralString = """
SELECT DISTINCT d FROM (
  SELECT {digest} AS d FROM ONLY {table} AS r WHERE {chunk}
) AS digests WHERE d = ANY (%(wanted)s::bytea[])
"""
_OVERLAP = 4 * MOST_BYTES
_MANY_ZEROS = 10
"""A text with a zero byte among so many bytes is taken for UTF-16, too."""

KeptColumn: TypeAlias = "tuple[str, str, str]"
"""Database label, table and column."""
Cells: TypeAlias = "dict[bytes, tuple[str, set[int]]]"
"""By the digest of a whole value: where it is, and which originals are in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSurvivors:
    """How many real values of one column survived in one place."""

    database: str
    table: str
    column: str
    survivors: int
    where: str
    """`public.orders.note in orders`, `its own row`, `file name under attachments/**`, …"""


@dataclass(slots=True, kw_only=True)
class Found:
    """What was found where; of kept columns also in which cells: some came by decision."""

    search: Search
    _places: defaultdict[str, set[int]] = field(
        default_factory=lambda: defaultdict[str, set[int]](set)
    )
    _kept: defaultdict[KeptColumn, Cells] = field(
        default_factory=lambda: defaultdict[KeptColumn, Cells](dict)
    )

    def look_at_values(self, one: Opened, values: Values) -> None:
        """Look for originals in values of the copy."""
        kept = _is_kept(one.policy, values)
        where = f"{values.where} in {one.label}"
        for value, hits in self.search.in_values(values.values, parts=values.parts):
            if kept:
                digest = self.search.originals.salt.full_digest(value)
                self._kept[one.label, values.table, values.column][digest] = (where, hits)
            else:
                self._places[where].update(hits)

    def look_at_text(self, where: str, text: bytes) -> None:
        """Look for originals in a running text."""
        if hits := self.search.in_text(text):
            self._places[where].update(hits)

    def look_at_chunks(self, where: str, chunks: Iterable[bytes]) -> None:
        """Look at a long text; each chunk is read with the end of the one before it."""
        before = b""
        for chunk in chunks:
            text = before + chunk
            self.look_at_text(where, text)
            if chunk.count(0) > len(chunk) // _MANY_ZEROS:
                self.look_at_text(where, text.replace(b"\0", b""))
            before = text[-_OVERLAP:]

    def drop_kept(self, opened: Sequence[Opened]) -> None:
        """Forget what stands in a kept column of the source: it is not distinctive.

        Raises: psycopg.Error.
        """
        by_decision: set[int] = set()
        by_label = {one.label: one for one in opened}
        for (label, table, column), cells in self._kept.items():
            present = _present(by_label[label], table, column, list(cells))
            for digest, (where, hits) in cells.items():
                if digest in present:
                    by_decision |= hits
                else:
                    self._places[where].update(hits)
        for hits in self._places.values():
            hits.difference_update(by_decision)

    def survivors(self) -> Iterator[ColumnSurvivors]:
        """Yield how many originals of each column are in each place."""
        for where, hits in self._places.items():
            for column, own in self.search.originals.columns_of(hits):
                yield ColumnSurvivors(
                    database=column.database,
                    table=column.table,
                    column=column.column,
                    survivors=len(own),
                    where=where,
                )


def _is_kept(policy: Policy, values: Values) -> bool:
    table = policy.tables.get(values.table)
    decision = table.columns.get(values.column) if table else None
    return decision is not None and decision.handling is Handling.KEEP


def _present(one: Opened, table: str, column: str, wanted: list[bytes]) -> set[bytes]:
    """Return which of these cells the kept column has in the source."""
    present: set[bytes] = set()
    cell = format_("convert_to({column}::text, 'UTF8')", column=sql.Identifier("r", column))
    for leaf in (t for t in one.tables if (t.parent or t.full_name) == table):
        name = sql.Identifier(leaf.schema, leaf.name)
        for chunk in chunks_of(one.source, leaf):
            statement = format_(_PRESENT, digest=salted(cell), table=name, chunk=chunk)
            rows = one.source.execute(statement, {"wanted": wanted}, binary=True)
            present.update(bytes(row[0]) for row in rows)
    return present
