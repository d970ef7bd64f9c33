"""Undos: which move can be undone, what falls with it, and what would go. Pure.

An Undo makes the restore point of a completed move its target again. What was there becomes a
restore point itself, so that an Undo can be undone, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from liftlock.domain.contents import Content
from liftlock.domain.modules import Installed, by_code
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.restore_points import RestorePoint
from liftlock.domain.statuses import State
from liftlock.errors import Conflict, Stale

_SYSTEM, _DATA = "SystemDB and files", "data repositories"


WRITES = "writes"
"""The fact that *check* leaves: the counters of rows written, before the target is opened."""
CHECK = "check"
"""The step that notes it."""
MODULES = "modules"
"""The fact that the look before a move leaves: module code to version and digest."""


class NotUndoable(Conflict):
    """Only what was completed, and not undone since, can be undone."""

    code = "undo.not_completed"
    sentence = "Move {move} is {status}: only a completed move can be undone."


class NothingToGoBackTo(Conflict):
    """There never was a restore point of the move, or it was dropped."""

    code = "undo.no_restore_point"
    sentence = (
        "Move {move} cannot be undone: there is no restore point of it any more. Retention drops "
        "them by age and number. Schedule another move instead."
    )


class RestorePointNotWhole(Conflict):
    """The books know a restore point which the servers do not have, or not all of it."""

    code = "undo.restore_point_not_whole"
    sentence = (
        "Move {move} cannot be undone: {environment} does not have its whole restore point. Look "
        "at the databases and directories beside it whose names begin with ll_."
    )


class UndoWaits(Conflict):
    """One undo at a time for each environment."""

    code = "undo.waits"
    sentence = "{undo} waits or runs there already. Withdraw it, or let it end, then try again."


class OthersFall(Stale):
    """Other moves would fall with it than those that the person had before them."""

    code = "undo.others_fall"
    sentence = (
        "Undoing move {move} undoes as well what came after it: {falls}. Nothing has been "
        "scheduled: look at what would go, then confirm."
    )


class ReplacedSince(Conflict):
    """The restore point holds a part of the target only, and a later move replaced more."""

    code = "undo.replaced_since"
    sentence = (
        "Move {move} kept only the {kept} of its target, and {later} replaced more of it since. "
        "Undo {later} first."
    )


class ModulesNewer(Conflict):
    """Data repositories alone would go back behind the modules that the target has."""

    code = "undo.modules_newer"
    sentence = (
        "Move {move} kept only the data repositories, which lack what was installed since: "
        "{modules}. Schedule a Down Align of the data repositories instead."
    )


class UndoOutdated(Conflict):
    """What an Undo would do is no longer what was scheduled."""

    code = "undo.outdated"
    sentence = (
        "Undo {undo} is no longer what was scheduled: {changed}. Withdraw it, schedule another."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsWritten:
    """How often rows of one table were written since the target was opened."""

    repository: str
    """The database's label."""
    table: str
    writes: int
    """Rows inserted, changed or deleted, as the server's statistics count them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """What was written since a move opened its target, as far as the servers know."""

    rows: tuple[RowsWritten, ...]
    at_least: bool
    """Whether the statistics began anew since, so that it may have been more."""
    unknown: tuple[str, ...]
    """Databases of which nobody knows: they are not the ones that the move opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleGoes:
    """A module of the target that will not be there any more, or in another version."""

    module: Installed
    becomes: str | None
    """The version that the target will have; None: it will have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLosses:
    """What would go with an Undo, and what it would bring back."""

    move: Move
    point: RestorePoint
    waiting: Move | None
    """The Undo of this environment that waits or runs already: no other can be scheduled."""
    falls: tuple[Move, ...]
    """The later moves that fall with it, earliest first."""
    modules: tuple[ModuleGoes, ...]
    returns: tuple[Installed, ...]
    """Modules that the target does not have now, and will have again."""
    writes: Writes
    files: tuple[str, ...]
    """Paths that are not as in the restore point, the first of them."""
    files_total: int
    newer: tuple[str, ...]
    """Repositories that keep a newer schema than the modules that come back."""

    @property
    def things(self) -> tuple[str, ...]:
        """Return the modules that go, by name.

        Rows and files are left out: where people work, they change while somebody reads.
        """
        return tuple(f"{g.module.code} {g.module.version} {g.becomes}" for g in self.modules)


def require_undoable(move: Move) -> None:
    """Refuse a move that is not completed.

    Raises:
        NotUndoable: it is not, or not any more.
    """
    if move.state is not State.COMPLETED:
        raise NotUndoable(move=move.id, status=move.status)


def falling(move: Move, later: Sequence[Move]) -> tuple[Move, ...]:
    """Return which of the later completed moves of its target fall with a move, earliest first.

    A move falls when the restore point replaces all that it replaced; where it replaced other
    parts, it stays.

    Raises:
        ReplacedSince: one replaced these parts and others, so that the target would be neither.
    """
    kept = _parts(move.content)
    fallen: list[Move] = []
    for each in later:
        replaced = _parts(each.content)
        if not replaced & kept:
            continue
        if replaced > kept:
            named = f"{each.kind.title} {each.id}"
            raise ReplacedSince(move=move.id, kept=" and ".join(sorted(kept)), later=named)
        fallen.append(each)
    return tuple(fallen)


def require_seen(move: Move, falls: Sequence[Move], seen: Iterable[int]) -> None:
    """Refuse when other moves fall than those that the person had seen.

    Raises:
        OthersFall: names those that do.
    """
    if {each.id for each in falls} != set(seen):
        raise OthersFall(move=move.id, falls=names_of(falls) or ["nothing"])


def require_modules_as_kept(
    move: Move, before: Sequence[Installed], now: Sequence[Installed]
) -> None:
    """Refuse to put data repositories alone behind what was installed since.

    `before` are the modules when the restore point was taken, `now` those that the target has.

    Raises:
        ModulesNewer: names what was installed since.
    """
    scope = move.content.scope
    newer = sorted(set(now) - set(before))
    if scope.data and not scope.systemdb_and_files and newer:
        raise ModulesNewer(move=move.id, modules=[f"{m.code} {m.version}" for m in newer])


def named_ids(undo: Move) -> tuple[MoveId, ...]:
    """Return the numbers of what an Undo takes back, and of what falls with it."""
    undoing = undo.content.undoing
    return () if undoing is None else tuple(MoveId(n) for n in (undoing.move, *undoing.falls))


def what_changed(undo: Move, falls: Sequence[Move]) -> tuple[str, ...]:
    """Say what is no longer as when an Undo was scheduled; `falls` is what would fall now."""
    undoing = undo.content.undoing
    if undoing is None or {each.id for each in falls} == set(undoing.falls):
        return ()
    new = [each for each in falls if each.id not in undoing.falls]
    return tuple(f"{name} was completed since" for name in names_of(new)) or (
        "other moves would fall with it",
    )


def modules_going(
    before: Sequence[Installed], now: Sequence[Installed]
) -> tuple[tuple[ModuleGoes, ...], tuple[Installed, ...]]:
    """Return which modules go or change, and which return, when `before` is there again."""
    was, there = by_code(before), by_code(now)
    goes = tuple(
        ModuleGoes(module=m, becomes=was[m.code].version if m.code in was else None)
        for m in sorted(now)
        if was.get(m.code) != m
    )
    return goes, tuple(m for m in sorted(before) if m.code not in there)


def counting_again(undone: Sequence[Move], by_them: Sequence[Move]) -> tuple[Move, ...]:
    """Return which moves count again once these were undone, Undos among them.

    `by_them` is what those Undos had undone. What had ended before the first of `undone` is in
    force again: the target is what it was then.
    """
    first = min((m.ended_at for m in undone if m.ended_at), default=None)
    if first is None:
        return ()
    return tuple(m for m in by_them if m.ended_at is not None and m.ended_at < first)


def names_of(moves: Iterable[Move]) -> list[str]:
    """Return what people call moves: *Down Align 12*."""
    return [f"{move.kind.title} {move.id}" for move in moves]


def _parts(content: Content) -> frozenset[str]:
    """Return what a move replaced or changed; one that aligns nothing keeps its whole target."""
    scope = content.scope
    chosen = {_SYSTEM: scope.systemdb_and_files, _DATA: scope.data}
    return frozenset(part for part, is_in in chosen.items() if is_in) or frozenset(chosen)
