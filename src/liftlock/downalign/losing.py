"""What would disappear from a target: rows and files that Production lacks or has otherwise.

A row is known by its primary key; where that is masked, or there is none, only the numbers can be
compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row, scalar_row, tuple_row

from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import Handling, Policy, TableCopy
from liftlock.downalign import filing
from liftlock.downalign.alignments import Alignment, Pair
from liftlock.downalign.catalogs import ask, settled
from liftlock.downalign.preserved_files import is_preserved
from liftlock.downalign.preserved_places import Place
from liftlock.environments import trees

KEYS: LiteralString = (
    "SELECT DISTINCT hashtextextended(ROW({key})::text, 0) AS h FROM {table}{where} ORDER BY h"
)
COUNT: LiteralString = "SELECT count(*) FROM {table}{where}"
SEARCH: LiteralString = "SET LOCAL search_path = {schema}, public"
_MOST_PATHS = 1000
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RowsLost:
    """Rows of one table that would disappear."""

    database: str
    table: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What an alignment would take from its target, preserved things aside."""

    rows: tuple[RowsLost, ...]
    files: tuple[str, ...]
    """Paths, the first 1000."""
    files_total: int

    @property
    def nothing(self) -> bool:
        """Say whether nothing would be lost."""
        return not self.rows and not self.files_total


@dataclass(frozen=True, slots=True, kw_only=True)
class _Root:
    schema: str
    name: str

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


def losses(alignment: Alignment) -> Losses:
    """Return what would disappear from the target. Both sides are only read.

    Raises: ServerUnreachable, FilesUnreachable, StatementRefused.
    """
    files = _files(alignment) if alignment.copy.has_files else []
    rows = [lost for pair in alignment.pairs for lost in _rows(pair)]
    return Losses(rows=tuple(rows), files=tuple(files[:_MOST_PATHS]), files_total=len(files))


def _rows(pair: Pair) -> Iterator[RowsLost]:
    with settled(pair.source) as source, settled(pair.target) as target:
        for root in ask(target, "root_tables", class_row(_Root)):
            with source.transaction(), target.transaction():
                lost = _lost_of(pair, root, source, target)
            if lost:
                yield RowsLost(database=pair.label, table=root.full_name, rows=lost)


def _lost_of(pair: Pair, root: _Root, source: Connection, target: Connection) -> int:
    preserved = [p for p in pair.policy.preservers if p.table == root.full_name]
    if any(p.rows is None for p in preserved):
        return 0
    where = _not_preserved([p.rows for p in preserved if p.rows is not None])
    _ = target.execute(sql.SQL(SEARCH).format(schema=sql.Identifier(root.schema)))
    here, there = _place(target, root), _place(source, root)
    if here is None:
        return 0
    travels = pair.policy.tables.get(root.full_name)
    if there is None or (travels and travels.copy in {TableCopy.EMPTY, TableCopy.ABSENT}):
        return _count(target, here, where)
    if here.key and here.key == there.key and not _is_masked(pair, root, here.key):
        return _keys_only_in(target, source, here, there, where)
    return max(0, _count(target, here, where) - _count(source, there, sql.SQL("")))


def _is_masked(pair: Pair, root: _Root, key: list[str]) -> bool:
    decided = pair.policy.tables.get(root.full_name)
    if decided is None or pair.data_policy is not DataPolicy.ANONYMIZED:
        return False
    decisions = [decided.columns[c] for c in key if c in decided.columns]
    return any(d.handling is not Handling.KEEP for d in decisions)


def _place(connection: Connection, root: _Root) -> Place | None:
    found = ask(connection, "preserved_table", class_row(Place), {"table": root.full_name})
    return found[0] if found else None


def _not_preserved(conditions: list[str]) -> sql.Composable:
    """Return the condition of what no preserver keeps; an unknown one keeps nothing."""
    if not conditions:
        return sql.SQL("")
    any_of = " OR ".join(f"({condition}\n)" for condition in conditions)
    return sql.SQL(f" WHERE ({any_of}) IS NOT TRUE")  # pyright: ignore[reportArgumentType]


def _count(connection: Connection, place: Place, where: sql.Composable) -> int:
    with connection.cursor(row_factory=scalar_row) as cursor:
        statement = sql.SQL(COUNT).format(table=place.rows, where=where)
        return int(cursor.execute(statement).fetchone() or 0)


def _keys_only_in(
    target: Connection, source: Connection, here: Place, there: Place, where: sql.Composable
) -> int:
    """Count by merging two sorted streams of hashes: neither side is held in memory."""
    theirs = _hashes(source, there, sql.SQL(""))
    known = next(theirs, None)
    lost = 0
    for ours in _hashes(target, here, where):
        while known is not None and known < ours:
            known = next(theirs, None)
        lost += known != ours
    return lost


def _hashes(connection: Connection, place: Place, where: sql.Composable) -> Iterator[int]:
    key = sql.SQL(", ").join(map(sql.Identifier, place.key))
    statement = sql.SQL(KEYS).format(key=key, table=place.rows, where=where)
    with connection.cursor("liftlock_keys", row_factory=tuple_row, withhold=False) as cursor:
        cursor.itersize = _AT_ONCE
        for (found,) in cursor.execute(statement):
            yield int(found)


def _files(alignment: Alignment) -> list[str]:
    policy = alignment.files_policy
    if not alignment.target.files.is_dir() or not alignment.source.files.is_dir():
        return []
    there = trees.digest_tree(alignment.source.files)
    coming = _coming(alignment, policy, there)
    here = trees.digest_tree(alignment.target.files)
    return [
        path
        for path, digest in here.items()
        if not path.endswith("/") and not is_preserved(policy, path) and coming.get(path) != digest
    ]


def _coming(alignment: Alignment, policy: Policy, there: Mapping[str, str]) -> Mapping[str, str]:
    """Return where Production's files go, with their digests; a placeholder has none."""
    database = alignment.target.systemdb.name
    coming: dict[str, str] = {}
    for path, digest in there.items():
        placed = filing.placed(policy, DataPolicy.REPLICA, database, path)
        if placed is not None:
            coming[placed.path] = digest if placed.content is None else filing.PLACEHOLDER_DIGEST
    return coming
