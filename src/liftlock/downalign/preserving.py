"""Brings over what must survive, runs neutralize and after-scripts, verifies again.

The target is closed by now. What is read of it must not change meanwhile: a table that does stops
the move.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection

from liftlock.domain.progress import Progress, Tell
from liftlock.downalign import (
    preserved_files,
    preserved_rows,
    scripting,
    statistics,
    touching,
    verifying,
)
from liftlock.downalign.alignments import Alignment, Pair
from liftlock.downalign.catalogs import settled
from liftlock.downalign.filled import Filled
from liftlock.downalign.preserved_places import Kept, in_order
from liftlock.downalign.reports import Json, MaskingReport
from liftlock.downalign.scripting import Numbered
from liftlock.downalign.verifying import Changed
from liftlock.downalign.watching import watched
from liftlock.environments.names import parse_mark, read_comment, write_comment
from liftlock.errors import Conflict

BEGIN: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
ROLLBACK: LiteralString = "ROLLBACK"
FACT = "preserved"


class PreservedTableChanged(Conflict):
    """Somebody wrote to the target while it was closed."""

    code = "preserver.table_changed"
    sentence = (
        "Table {table} of {label} was changed after its preserved rows were read. "
        "Find out who writes to the closed target, and try again."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreserveReport:
    """What survived, what ran, and what the copy is now; nothing of anybody's data."""

    rows: Mapping[str, Mapping[str, int]]
    """Database label to table to preserved rows."""
    skipped: tuple[str, ...]
    """Tables of preservers that are missing in the target (nothing to keep) or in Production."""
    files: int
    scripts: tuple[str, ...]
    touched: Mapping[str, tuple[str, ...]]
    """Database label to the tables that preservers and scripts wrote to."""
    masking: MaskingReport
    """Of the state that goes live."""

    @property
    def said(self) -> str:
        """Return the report in a sentence."""
        rows = sum(sum(tables.values()) for tables in self.rows.values())
        return (
            f"{rows:,} rows and {self.files:,} files preserved, {len(self.scripts)} scripts run; "
            f"{self.masking.said}"
        )

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return the report as plain data."""
        return {
            "rows": {label: dict(tables) for label, tables in self.rows.items()},
            "skipped": list(self.skipped),
            "files": self.files,
            "scripts": list(self.scripts),
            "touched": {label: list(tables) for label, tables in self.touched.items()},
            "masking": dict(self.masking.facts),
        }


def preserve(alignment: Alignment, tell: Tell) -> PreserveReport:
    """Finish a verified copy; a repeat goes on where it stopped.

    Raises: CopyNotComplete, PreservedRowClashes, PreservedTableReferenced, PreservedTableChanged,
    PreservedRowsLost, what scripts raise (see `scripting.run`), what *verify* raises, what `tell`
    raises.
    """
    rows = {pair.label: _keep_rows(alignment, pair, tell) for pair in alignment.pairs}
    files = preserved_files.keep(alignment, tell) if alignment.copy.has_files else 0
    scripts = list(_scripts(alignment))
    for script in scripts:
        scripting.run(script, alignment.copy, alignment.copy.database(script.label), tell)
    touched = {pair.label: _rebuild(alignment, pair, tell) for pair in alignment.pairs}
    skipped = [table for pair in alignment.pairs for table in _require_present(pair, tell)]
    changed = Changed(tables=touched, files=bool(files or scripts))
    return PreserveReport(
        rows=rows,
        skipped=tuple(skipped),
        files=files,
        scripts=tuple(f"{s.label}: {s.script.name}" for s in scripts),
        touched={label: tuple(sorted(tables)) for label, tables in touched.items()},
        masking=verifying.verify_again(alignment, changed, tell),
    )


def _keep_rows(alignment: Alignment, pair: Pair, tell: Tell) -> Mapping[str, int]:
    mark = verifying.complete_mark(alignment, pair)
    if not pair.policy.preservers or mark.facts.get(FACT) is True:
        return {}
    with settled(pair.target) as live, settled(pair.copy) as copy:
        _ = live.execute(BEGIN)
        return watched(
            lambda: _keep_in_transaction(pair, live, copy),
            tell=tell,
            progress=lambda: Progress(said=f"preserving rows of {pair.label}"),
            connections=(live, copy),
        )


def _keep_in_transaction(pair: Pair, live: Connection, copy: Connection) -> Mapping[str, int]:
    all_kept = in_order(pair.label, pair.policy.preservers, live, copy)
    before = preserved_rows.figures(all_kept, live)
    with copy.transaction():
        counts = preserved_rows.keep(all_kept, live, copy)
        _ = live.execute(ROLLBACK)
        _require_unchanged(pair, all_kept, before, live)
        _note_kept(copy, pair)
    return counts


def _require_unchanged(
    pair: Pair, all_kept: list[Kept], before: Mapping[str, str], live: Connection
) -> None:
    after = preserved_rows.figures(all_kept, live)
    for table in sorted(touching.touched(before, after)):
        raise PreservedTableChanged(table=table, label=pair.label)


def _note_kept(copy: Connection, pair: Pair) -> None:
    """Note in the mark that the rows are there, in their own transaction."""
    mark = parse_mark(read_comment(copy, pair.copy.name))
    if mark is not None:
        write_comment(copy, pair.copy.name, mark.with_facts(**{FACT: True}).as_comment())


def _scripts(alignment: Alignment) -> Iterator[Numbered]:
    for pair in alignment.pairs:
        for number, script in enumerate(pair.policy.scripts):
            yield Numbered(label=pair.label, number=number, script=script)


def _rebuild(alignment: Alignment, pair: Pair, tell: Tell) -> frozenset[str]:
    """Rebuild the statistics of what was written to since the copy was made; return its names."""
    filled = Filled.from_facts(verifying.complete_mark(alignment, pair).facts)
    with settled(pair.copy) as copy:
        touched = touching.touched(filled.figures, touching.figures(copy, tell))
        if touched:
            statistics.rebuild(copy, tell)
    return touched


def _require_present(pair: Pair, tell: Tell) -> list[str]:
    """Look for the preserved rows; return the tables that one side lacks."""
    wanted = [preserver.table for preserver in pair.policy.preservers]
    if not wanted:
        return []
    with settled(pair.target) as live, settled(pair.copy) as copy:
        _ = live.execute(BEGIN)
        all_kept = in_order(pair.label, pair.policy.preservers, live, copy)
        for kept in all_kept:
            tell(Progress(said=f"looking for preserved rows of {kept.copy.full_name}"))
            with copy.transaction():
                preserved_rows.require_present(kept, live, copy)
    found = {kept.copy.full_name for kept in all_kept}
    return [f"{pair.label}: {table}" for table in wanted if table not in found]
