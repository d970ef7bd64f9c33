"""Copies Production beside the target, masked on the way: all databases and files of one moment.

A copy says that it is complete last, in its mark, with what it must hold. A killed worker's copy is
made anew: its snapshot died with its session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from liftlock.domain.progress import Progress, Tell
from liftlock.downalign import creating, filing, filling, planning, snapshots
from liftlock.downalign.alignments import Alignment
from liftlock.downalign.filled import Filled
from liftlock.downalign.planning import Plan
from liftlock.downalign.reports import Json
from liftlock.downalign.snapshots import Snapshots
from liftlock.environments import trees
from liftlock.environments.names import write_mark

COMPLETE = "complete"
FILES_DIGEST = "files_digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """What copying did; nothing of anybody's data."""

    rows: Mapping[str, Mapping[str, int]]
    """Database label to table to rows."""
    large_objects: Mapping[str, int]
    files: int
    files_bytes: int
    files_left_out: int
    spread_ms: float
    """From the first database's snapshot to the last one's."""
    snapshot_s: float
    """For how long the snapshots were held."""
    taken_at: datetime

    @property
    def rows_total(self) -> int:
        """Return how many rows were copied in all."""
        return sum(sum(tables.values()) for tables in self.rows.values())

    @property
    def said(self) -> str:
        """Return the report in a sentence."""
        tables = sum(len(t) for t in self.rows.values())
        return (
            f"{self.rows_total:,} rows in {tables} tables of {len(self.rows)} databases and "
            f"{self.files:,} files copied; "
            f"snapshots opened within {self.spread_ms:.0f} ms, held for {self.snapshot_s:.0f} s"
        )

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return the report as plain data."""
        return {
            "rows": {label: dict(tables) for label, tables in self.rows.items()},
            "large_objects": dict(self.large_objects),
            "files": self.files,
            "files_bytes": self.files_bytes,
            "files_left_out": self.files_left_out,
            "spread_ms": round(self.spread_ms, 3),
            "snapshot_s": round(self.snapshot_s, 3),
            "taken_at": self.taken_at.isoformat(),
        }


def copy_and_mask(alignment: Alignment, tell: Tell) -> CopyReport:
    """Make the copy; whatever of it this move made before is dropped first.

    Raises: CannotAlign with every reason; SchemaNotDumped, SchemaNotRestored, RowsDiffer,
    SnapshotTooOld, UndecidedPath, UnsafeEntry, FileWillNotHoldStill, NotOurs, ServerUnreachable,
    StatementRefused, what `tell` raises.
    """
    tell(Progress(said="inspecting"))
    plan = planning.plan(alignment)
    for planned in plan.databases:
        tell(Progress(said=f"creating {planned.pair.label}"))
        creating.create(alignment, planned.pair, tell)
    sources = {p.pair.label: (p.pair.source, p.read) for p in plan.databases}
    with snapshots.opened(alignment.source, sources, tell) as taken:
        watching = taken.watching(tell)
        filled = _fill(alignment, plan, taken, watching)
        filed = _file(alignment, plan, watching)
        report = _report(filled, filed, taken)
    _mark_complete(alignment, filled, filed)
    return report


def _fill(alignment: Alignment, plan: Plan, taken: Snapshots, tell: Tell) -> Mapping[str, Filled]:
    filled: dict[str, Filled] = {}
    for pair in (planned.pair for planned in plan.databases):
        snapshot = taken.by_label[pair.label]
        # Production may have changed since it was inspected: what counts is the snapshot's moment.
        planned = planning.plan_on(snapshot.connection, pair)
        filled[pair.label] = filling.fill(planned, snapshot, alignment.key, tell)
    return filled


def _file(alignment: Alignment, plan: Plan, tell: Tell) -> filing.Filed | None:
    if not plan.files:
        return None
    trees.remove_tree(alignment.copy.files)
    return filing.copy(alignment, tell)


def _mark_complete(
    alignment: Alignment, filled: Mapping[str, Filled], filed: filing.Filed | None
) -> None:
    digest = None if filed is None else filed.digest
    for pair in alignment.pairs:
        facts = {COMPLETE: True, FILES_DIGEST: digest, **filled[pair.label].as_facts()}
        write_mark(pair.copy, alignment.mark.with_facts(**facts))


def _report(
    filled: Mapping[str, Filled], filed: filing.Filed | None, taken: Snapshots
) -> CopyReport:
    return CopyReport(
        rows={label: f.rows for label, f in filled.items()},
        large_objects={label: f.large_objects for label, f in filled.items()},
        files=0 if filed is None else filed.files,
        files_bytes=0 if filed is None else filed.size_bytes,
        files_left_out=0 if filed is None else filed.left_out,
        spread_ms=taken.spread_ms,
        snapshot_s=taken.age_s,
        taken_at=min(s.taken_at for s in taken.by_label.values()),
    )
