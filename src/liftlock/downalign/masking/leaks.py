"""Is any real value left in the target? Counts survivors; never shows or stores one.

A survivor is a row whose mask is its own original, or a distinctive original (six characters or
more, nothing that a rule makes, in no column that is kept) anywhere: in any column of any table, a
large object, `pg_stats`, a comment, a default, a file's name or content. The source gives digests
under a salt that is drawn for each scan; the target is read and compared here, so that nothing real
is ever written to its server.
"""

from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow
from pydantic import SecretStr

from liftlock.domain.decisions import FILES, Handling, Policy
from liftlock.domain.policy_coverage import column_length
from liftlock.domain.progress import Tell
from liftlock.domain.schemas import Table
from liftlock.downalign.catalogs import settled
from liftlock.downalign.masking import file_places, originals, own_originals, places
from liftlock.downalign.masking.chunks import chunks_of
from liftlock.downalign.masking.compiling import prepare
from liftlock.downalign.masking.expressions import format_
from liftlock.downalign.masking.fingerprinting import Salt, salted
from liftlock.downalign.masking.made import made_by
from liftlock.downalign.masking.originals import MaskedColumn, Originals
from liftlock.downalign.masking.places import Values
from liftlock.downalign.masking.searching import MOST_BYTES, Search
from liftlock.environments.servers import Database

OWN_ROW = "its own row"
LARGE_OBJECT = "a large object"
_BEGIN: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SNAPSHOT: LiteralString = "SET TRANSACTION SNAPSHOT {name}"
_PRESENT: LiteralString = """
SELECT DISTINCT d FROM (
  SELECT {digest} AS d FROM ONLY {table} AS r WHERE {chunk}
) AS digests WHERE d = ANY (%(wanted)s::bytea[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One database to scan: where originals are, where they must not be, what was decided."""

    source: Database
    copy: Database
    policy: Policy
    tables: Sequence[Table]
    """The source's tables."""
    snapshot: str | None = None
    """The copy's snapshot of the source, while it lives; None: as the source is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSurvivors:
    """How many real values of one column survived in one place."""

    database: str
    table: str
    column: str
    survivors: int
    where: str
    """`public.orders.note`, `its own row`, `a large object`, `pg_stats of …`, `file name under
    attachments/**`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """What a scan found."""

    survivors: tuple[ColumnSurvivors, ...]
    originals: int
    """How many different distinctive originals were looked for."""

    @property
    def total(self) -> int:
        """Return how many survivors there are; 0 is what must be."""
        return sum(found.survivors for found in self.survivors)


def scan(
    databases: Sequence[Scanned],
    *,
    key: SecretStr,
    tell: Tell,
    files: Path | None = None,
    files_policy: Policy | None = None,
    only: Mapping[str, Collection[str]] | None = None,
) -> LeakReport:
    """Look for real values in the copies of these databases and in the copy's files.

    `only` limits the tables that are read: by the database's label those named `schema.table`. What
    is no table is read in any case. The source is only read. Raises: ServerUnreachable,
    StatementRefused, what `tell` raises.
    """
    salt = Salt()
    with _opened(databases, key, salt) as opened:
        search = _search(opened, salt, tell)
        found = _Found(search=search)
        for one in opened:
            _search_database(one, found, tell, _mine(one, only))
        if files is not None:
            _search_files(files, files_policy or Policy(repository=FILES), found, tell)
        found.drop_kept(opened)
        own = [s for one in opened for s in _own(one, tell, _mine(one, only))]
        return LeakReport(
            survivors=(*own, *found.survivors()), originals=len(search.originals.digests)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A database to scan, connected on both sides."""

    of: Scanned
    source: Connection[TupleRow]
    copy: Connection[TupleRow]

    @property
    def label(self) -> str:
        return self.of.source.label


@contextmanager
def _opened(databases: Sequence[Scanned], key: SecretStr, salt: Salt) -> Generator[list[_Opened]]:
    with ExitStack() as stack:
        opened: list[_Opened] = []
        for one in databases:
            source = stack.enter_context(settled(one.source))
            prepare(source, key)
            _ = source.execute(_BEGIN)
            if one.snapshot is not None:
                _ = source.execute(format_(_SNAPSHOT, name=one.snapshot))
            copy = stack.enter_context(settled(one.copy))
            salt.give_to(source)
            salt.give_to(copy)
            opened.append(_Opened(of=one, source=source, copy=copy))
        yield opened


def _search(opened: Sequence[_Opened], salt: Salt, tell: Tell) -> Search:
    known = Originals(salt=salt)
    for one in opened:
        originals.fetch(
            known,
            one.source,
            label=one.label,
            policy=one.of.policy,
            tables=one.of.tables,
            tell=tell,
        )
    columns = [c for one in opened for t in one.of.tables for c in t.columns]
    lengths = {length for c in columns if (length := column_length(c)) is not None}
    return Search(originals=known, made=made_by((one.of.policy for one in opened), lengths))


def _search_database(
    one: _Opened, found: "_Found", tell: Tell, only: Collection[str] | None
) -> None:
    for values in places.statistics(one.copy):
        found.look_at_values(one, values)
    for values in places.cells(one.copy, tell, only):
        found.look_at_values(one, values)
    for where, text in places.texts(one.copy):
        found.look_at_text(where, text.encode())
    for chunks in places.large_objects(one.copy, tell):
        found.look_at_chunks(LARGE_OBJECT, chunks)


def _search_files(files: Path, policy: Policy, found: "_Found", tell: Tell) -> None:
    for entry in file_places.entries(files, policy, tell):
        found.look_at_text(f"file name under {entry.under}", entry.path.encode(errors="replace"))
        if entry.file is not None:
            found.look_at_chunks(
                f"file content under {entry.under}", file_places.contents(entry.file)
            )


def _mine(one: _Opened, only: Mapping[str, Collection[str]] | None) -> Collection[str] | None:
    return None if only is None else only.get(one.label, ())


def _own(one: _Opened, tell: Tell, only: Collection[str] | None) -> Iterator[ColumnSurvivors]:
    tables = [t for t in one.of.tables if only is None or t.full_name in only or t.parent in only]
    for own in own_originals.find(one.source, one.copy, one.of.policy, tables, tell):
        yield ColumnSurvivors(
            database=one.label,
            table=own.table,
            column=own.column,
            survivors=own.rows,
            where=OWN_ROW,
        )


@dataclass(slots=True, kw_only=True)
class _Found:
    """What was found where; of kept columns also in which cells: some came by decision."""

    search: Search
    _places: defaultdict[str, set[int]] = field(
        default_factory=lambda: defaultdict[str, set[int]](set)
    )
    _kept: "defaultdict[tuple[str, str, str], dict[bytes, tuple[str, set[int]]]]" = field(
        default_factory=lambda: defaultdict[
            "tuple[str, str, str]", "dict[bytes, tuple[str, set[int]]]"
        ](dict)
    )

    def look_at_values(self, one: _Opened, values: Values) -> None:
        kept = _is_kept(one.of.policy, values)
        for value, hits in self.search.in_values(values.values, parts=values.parts):
            if kept:
                digest = self.search.originals.salt.full_digest(value)
                self._kept[one.label, values.table, values.column][digest] = (values.where, hits)
            else:
                self._places[_named(one, values.where)].update(hits)

    def look_at_text(self, where: str, text: bytes) -> None:
        if hits := self.search.in_text(text):
            self._places[where].update(hits)

    def look_at_chunks(self, where: str, chunks: Iterable[bytes]) -> None:
        """Look at a long text; each chunk is read with the end of the one before it."""
        before = b""
        for chunk in chunks:
            self.look_at_text(where, before + chunk)
            if chunk.count(0) > len(chunk) // 10:
                self.look_at_text(where, (before + chunk).replace(b"\0", b""))
            before = (before + chunk)[-4 * MOST_BYTES :]

    def drop_kept(self, opened: Sequence[_Opened]) -> None:
        """Forget what stands in a kept column of the source: it is not distinctive."""
        by_decision: set[int] = set()
        by_label = {one.label: one for one in opened}
        for (label, table, column), cells in self._kept.items():
            one = by_label[label]
            present = _present(one, table, column, list(cells))
            for digest, (where, hits) in cells.items():
                if digest in present:
                    by_decision |= hits
                else:
                    self._places[_named(one, where)].update(hits)
        for hits in self._places.values():
            hits.difference_update(by_decision)

    def survivors(self) -> Iterator[ColumnSurvivors]:
        for where, hits in self._places.items():
            for column, own in self.search.originals.columns_of(hits):
                yield _survivors(column, len(own), where)


def _named(one: _Opened, where: str) -> str:
    return f"{where} in {one.label}"


def _survivors(column: MaskedColumn, survivors: int, where: str) -> ColumnSurvivors:
    return ColumnSurvivors(
        database=column.database,
        table=column.table,
        column=column.column,
        survivors=survivors,
        where=where,
    )


def _is_kept(policy: Policy, values: Values) -> bool:
    table = policy.tables.get(values.table)
    decision = table.columns.get(values.column) if table else None
    return decision is not None and decision.handling is Handling.KEEP


def _present(one: _Opened, table: str, column: str, wanted: list[bytes]) -> set[bytes]:
    """Return which of these cells the kept column has in the source."""
    present: set[bytes] = set()
    name = sql.Identifier("r", column)
    for leaf in one.of.tables:
        if (leaf.parent or leaf.full_name) == table:
            for chunk in chunks_of(one.source, leaf):
                statement = format_(
                    _PRESENT,
                    digest=salted(format_("convert_to({c}::text, 'UTF8')", c=name)),
                    table=sql.Identifier(leaf.schema, leaf.name),
                    chunk=chunk,
                )
                rows = one.source.execute(statement, {"wanted": wanted}, binary=True)
                present.update(bytes(row[0]) for row in rows)
    return present
