"""Proves that a copy is what was promised, without storing or showing a single value."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from psycopg import Connection

from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import Handling
from liftlock.domain.progress import Progress, Tell
from liftlock.downalign import comparing, distinct, inspecting, planning
from liftlock.downalign.alignments import Alignment, Pair
from liftlock.downalign.catalogs import settled
from liftlock.downalign.copying import COMPLETE, FILES_DIGEST
from liftlock.downalign.filled import Filled
from liftlock.downalign.masking import leaks
from liftlock.downalign.masking.leaks import LeakReport, Scanned
from liftlock.downalign.planning import PlannedDatabase
from liftlock.downalign.reports import (
    ColumnMasked,
    LargeObjectsHandled,
    MaskingReport,
    PathsHandled,
    Survivors,
)
from liftlock.environments import entries, trees
from liftlock.environments.names import NotOurs, OwnerMark, read_mark
from liftlock.errors import Conflict


class CopyNotComplete(Conflict):
    """There is no complete copy under this attempt's name."""

    code = "copy.not_complete"
    sentence = "The copy {database} of {label} is not complete. Begin a new attempt."


class CopyDiffers(Conflict):
    """A copy is not what was promised; every difference by name."""

    code = "copy.differs"
    sentence = (
        "The copy of {label} differs from Production: {differences}. "
        "Nothing was replaced; look at what is named, and try again."
    )


class RealValuesSurvive(Conflict):
    """A real value was found in a copy that must hold none."""

    code = "copy.real_values_survive"
    sentence = (
        "{count} real values survive in the copy: {where}. "
        "Nothing was replaced; decide a rule for what is named, and try again."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was changed in the copy on purpose since it was made."""

    tables: Mapping[str, Collection[str]]
    """Database label to tables (`schema.name`)."""
    files: bool


UNCHANGED = Changed(tables={}, files=False)


def verify(alignment: Alignment, tell: Tell) -> MaskingReport:
    """Compare the copy with what the snapshot held, and look for real values.

    Raises: CopyNotComplete, CopyDiffers with every difference, RealValuesSurvive,
    ServerUnreachable, what `tell` raises.
    """
    return _verified(alignment, UNCHANGED, tell)


def verify_again(alignment: Alignment, changed: Changed, tell: Tell) -> MaskingReport:
    """Verify a copy after preservers and scripts, with a leak scan of what they wrote.

    The schema is compared by *verify* alone: a script may change it. Raises as `verify` does.
    """
    return _verified(alignment, changed, tell)


def complete_mark(alignment: Alignment, pair: Pair) -> OwnerMark:
    """Return the mark of a complete copy of this very attempt.

    Raises: CopyNotComplete, NotOurs.
    """
    mark, ours = read_mark(pair.copy), alignment.mark
    if mark is None:
        raise CopyNotComplete(database=pair.copy.name, label=pair.label)
    if (mark.installation, mark.move, mark.attempt) != (ours.installation, ours.move, ours.attempt):
        raise NotOurs(database=pair.copy.name)
    if mark.facts.get(COMPLETE) is not True:
        raise CopyNotComplete(database=pair.copy.name, label=pair.label)
    return mark


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verified:
    """One database, compared."""

    planned: PlannedDatabase
    filled: Filled
    distinct_after: Mapping[str, int]


def _verified(alignment: Alignment, changed: Changed, tell: Tell) -> MaskingReport:
    verified = [_verify_database(alignment, pair, changed, tell) for pair in alignment.pairs]
    if alignment.copy.has_files and not changed.files:
        _verify_files(alignment, tell)
    found = _scan(alignment, verified, changed, tell)
    report = _report(alignment, verified, found)
    if report.survivors:
        where = [f"{s.column} of {s.database} in {s.where}" for s in report.survivors]
        raise RealValuesSurvive(count=report.survivors_total, where=where)
    return report


def _verify_database(alignment: Alignment, pair: Pair, changed: Changed, tell: Tell) -> _Verified:
    filled = Filled.from_facts(complete_mark(alignment, pair).facts)
    planned = _as_copied(planning.plan_database(pair), filled)
    with settled(pair.copy) as copy:
        differences = list(_differences(copy, pair, filled, changed, tell))
        if differences:
            raise CopyDiffers(label=pair.label, differences=differences)
        after = distinct.in_snapshot(copy, planned, tell)
    return _Verified(planned=planned, filled=filled, distinct_after=after)


def _as_copied(planned: PlannedDatabase, filled: Filled) -> PlannedDatabase:
    """Return the plan without tables that Production got since the snapshot."""
    there = tuple(t for t in planned.tables if t.table.full_name in filled.rows)
    return replace(planned, tables=there)


def _differences(
    copy: Connection, pair: Pair, filled: Filled, changed: Changed, tell: Tell
) -> Iterator[str]:
    tell(Progress(said=f"comparing the schema of {pair.label}"))
    touched = changed.tables.get(pair.label, ())
    if changed is UNCHANGED:
        yield from comparing.schema_differences(copy, filled, pair.source)
        yield from comparing.sequence_differences(copy, filled.sequences)
        yield from comparing.large_object_differences(copy, filled, tell)
    yield from comparing.row_differences(copy, filled, tell, touched)


def _verify_files(alignment: Alignment, tell: Tell) -> None:
    mark = read_mark(alignment.copy.systemdb)
    digest = None if mark is None else mark.facts.get(FILES_DIGEST)
    if trees.tree_digest(alignment.copy.files, tell) != digest:
        raise CopyDiffers(label="files", differences=["files are not as they were copied"])


def _scan(
    alignment: Alignment, verified: list[_Verified], changed: Changed, tell: Tell
) -> LeakReport:
    if alignment.data_policy is not DataPolicy.ANONYMIZED:
        return LeakReport(survivors=(), originals=0)
    scanned = [
        Scanned(
            source=v.planned.pair.source,
            copy=v.planned.pair.copy,
            policy=v.planned.pair.policy,
            tables=[t.table for t in v.planned.tables],
        )
        for v in verified
    ]
    return leaks.scan(
        scanned,
        key=alignment.key,
        tell=tell,
        files=alignment.copy.files if alignment.copy.has_files else None,
        files_policy=alignment.files_policy,
        only=None if changed is UNCHANGED else changed.tables,
    )


def _report(alignment: Alignment, verified: list[_Verified], found: LeakReport) -> MaskingReport:
    return MaskingReport(
        columns=tuple(c for v in verified for c in _columns(v, found)),
        large_objects=tuple(_large_objects(v) for v in verified),
        paths=tuple(_paths(alignment)),
        survivors=tuple(
            Survivors(
                database=s.database,
                column=f"{s.table}.{s.column}",
                survivors=s.survivors,
                where=s.where,
            )
            for s in found.survivors
        ),
        originals=found.originals,
        tables=sum(len(v.filled.rows) for v in verified),
        rows=sum(sum(v.filled.rows.values()) for v in verified),
        objects=sum(len(v.filled.picture) for v in verified),
        shared_with_production=inspecting.shared_with_production(alignment),
    )


def _columns(verified: _Verified, found: LeakReport) -> Iterator[ColumnMasked]:
    rows: dict[str, int] = {}
    for planned in verified.planned.tables:
        root = planned.table.parent or planned.table.full_name
        rows[root] = rows.get(root, 0) + verified.filled.rows.get(planned.table.full_name, 0)
    label = verified.planned.pair.label
    for masked in distinct.masked_columns(verified.planned):
        table = f"{masked.schema}.{masked.table}"
        yield ColumnMasked(
            database=label,
            column=masked.name,
            rule=masked.decision.rule or masked.decision.handling,
            rows=rows.get(table, 0),
            distinct_before=verified.filled.distinct.get(masked.name, 0),
            distinct_after=verified.distinct_after.get(masked.name, 0),
            survivors=sum(
                s.survivors
                for s in found.survivors
                if (s.database, f"{s.table}.{s.column}") == (label, masked.name)
            ),
        )


def _large_objects(verified: _Verified) -> LargeObjectsHandled:
    return LargeObjectsHandled(
        database=verified.planned.pair.label,
        handling=verified.planned.large_objects,
        count=verified.filled.large_objects,
    )


def _paths(alignment: Alignment) -> Iterator[PathsHandled]:
    if not alignment.copy.has_files:
        return
    counted: dict[str, int] = {}
    with entries.named_errors(alignment.source.files):
        for path in entries.walk(alignment.source.files):
            decision = alignment.files_policy.path_decision(path)
            glob = "everything else" if decision is None else decision.glob
            counted[glob] = counted.get(glob, 0) + 1
    handling = {d.glob: d.handling for d in alignment.files_policy.paths}
    for glob, files in sorted(counted.items()):
        yield PathsHandled(glob=glob, handling=handling.get(glob, Handling.KEEP), files=files)
