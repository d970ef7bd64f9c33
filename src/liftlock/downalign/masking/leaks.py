"""Is any real value left in the target? Counts survivors; never shows or stores one.

A survivor is a row whose mask is its own original, or a distinctive original (six characters or
more, nothing that a rule makes, in no column that is kept) anywhere: in any column of any table, a
large object, `pg_stats`, a comment, a default, a file's name or content. The source gives digests
under a salt that is drawn for each scan; the target is read and compared here, so that nothing real
is ever written to its server.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from liftlock.domain.decisions import FILES, Policy
from liftlock.domain.policy_coverage import column_length
from liftlock.domain.progress import Tell
from liftlock.downalign.masking import file_places, originals, own_originals, places
from liftlock.downalign.masking.fingerprinting import Salt
from liftlock.downalign.masking.found import ColumnSurvivors, Found
from liftlock.downalign.masking.made import Made, made_by
from liftlock.downalign.masking.originals import MOST_AT_ONCE, Originals, Share
from liftlock.downalign.masking.scanned import Opened, Scanned, opened
from liftlock.downalign.masking.searching import Search

OWN_ROW = "its own row"
LARGE_OBJECT = "a large object"

__all__ = ["LARGE_OBJECT", "OWN_ROW", "ColumnSurvivors", "LeakReport", "Scanned", "scan"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    """What of the copy is searched."""

    databases: Sequence[Opened]
    files: Path | None
    files_policy: Policy
    only: Mapping[str, Collection[str]] | None

    def tables_of(self, one: Opened) -> Collection[str] | None:
        return None if self.only is None else self.only.get(one.label, ())


def scan(
    databases: Sequence[Scanned],
    *,
    key: SecretStr,
    tell: Tell,
    files: Path | None = None,
    files_policy: Policy | None = None,
    only: Mapping[str, Collection[str]] | None = None,
    most_at_once: int = MOST_AT_ONCE,
) -> LeakReport:
    """Look for real values in the copies of these databases and in the copy's files.

    `only` limits the tables that are read: by the database's label those named `schema.table`. What
    is no table is read in any case. The source is only read. Where there are more originals than
    `most_at_once`, the copy is read several times, so that memory stays bounded.

    Raises: ServerUnreachable, StatementRefused, UnusableKey, what `tell` raises.
    """
    salt = Salt()
    with opened(databases, key, salt) as connected:
        where = _Where(
            databases=connected,
            files=files,
            files_policy=files_policy or Policy(repository=FILES),
            only=only,
        )
        made = _made(connected)
        searches = (
            Search(originals=_noted(connected, salt, share, tell), made=made)
            for share in _shares(databases, most_at_once)
        )
        return _report(where, searches, tell)


def _report(where: _Where, searches: Iterable[Search], tell: Tell) -> LeakReport:
    survivors: list[ColumnSurvivors] = []
    looked_for = 0
    for search in searches:
        looked_for += len(search.originals.digests)
        survivors += _searched(where, search, tell)
    own = [s for one in where.databases for s in _own(one, where.tables_of(one), tell)]
    return LeakReport(survivors=(*own, *survivors), originals=looked_for)


def _made(connected: Sequence[Opened]) -> Made:
    columns = [c for one in connected for t in one.tables for c in t.columns]
    lengths = {length for c in columns if (length := column_length(c)) is not None}
    return made_by((one.policy for one in connected), lengths)


def _shares(databases: Sequence[Scanned], most_at_once: int) -> Iterator[Share]:
    values = sum(originals.estimate(one.policy, one.tables) for one in databases)
    of = min(values // most_at_once + 1, originals.MOST_SHARES)
    for number in range(of):
        yield Share(number=number, of=of)


def _noted(connected: Sequence[Opened], salt: Salt, share: Share, tell: Tell) -> Originals:
    noted = Originals(salt=salt, share=share)
    for one in connected:
        originals.fetch(
            noted, one.source, label=one.label, policy=one.policy, tables=one.tables, tell=tell
        )
    return noted


def _searched(where: _Where, search: Search, tell: Tell) -> Iterator[ColumnSurvivors]:
    found = Found(search=search)
    for one in where.databases:
        _search_database(one, found, tell, where.tables_of(one))
    if where.files is not None:
        _search_files(where.files, where.files_policy, found, tell)
    found.drop_kept(where.databases)
    return found.survivors()


def _search_database(one: Opened, found: Found, tell: Tell, only: Collection[str] | None) -> None:
    for values in places.statistics(one.copy):
        found.look_at_values(one, values)
    for values in places.cells(one.copy, tell, only):
        found.look_at_values(one, values)
    for place, text in places.texts(one.copy):
        found.look_at_text(f"{place} in {one.label}", text.encode())
    for chunks in places.large_objects(one.copy, tell):
        found.look_at_chunks(f"{LARGE_OBJECT} in {one.label}", chunks)


def _search_files(files: Path, policy: Policy, found: Found, tell: Tell) -> None:
    for entry in file_places.entries(files, policy, tell):
        found.look_at_text(f"file name under {entry.under}", entry.path.encode(errors="replace"))
        if entry.file is not None:
            content = file_places.contents(entry.file, tell)
            found.look_at_chunks(f"file content under {entry.under}", content)


def _own(one: Opened, only: Collection[str] | None, tell: Tell) -> Iterator[ColumnSurvivors]:
    tables = [t for t in one.tables if only is None or t.full_name in only or t.parent in only]
    for own in own_originals.find(one.source, one.copy, one.policy, tables, tell):
        yield ColumnSurvivors(
            database=one.label,
            table=own.table,
            column=own.column,
            survivors=own.rows,
            where=OWN_ROW,
        )
