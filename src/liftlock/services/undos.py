"""Undos: what would go, the wish that becomes one, and what a completed one does to other moves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from liftlock.books import Transaction
from liftlock.domain import undos as rules
from liftlock.domain.audit_events import Tag
from liftlock.domain.contents import Baseline, Content, Scope, Undoing
from liftlock.domain.environments import DatabaseRole, Environment, Kind
from liftlock.domain.modules import Digest, Installed, ModuleCode
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.people import Person
from liftlock.domain.restore_points import RestorePoint
from liftlock.domain.stages import LOOK
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.undos import (
    CHECK,
    MODULES,
    WRITES,
    NothingToGoBackTo,
    RestorePointNotWhole,
    RowsWritten,
    UndoLosses,
    UndoOutdated,
    UndoWaits,
    Writes,
)
from liftlock.environments import names, trees, writes
from liftlock.environments import restore_points as kept
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import (
    contents,
    environments,
    installations,
    notifications,
    organisations,
    proposals,
)
from liftlock.services.contents import NO_ATTEMPT, READER
from liftlock.services.proposals import Wanted
from liftlock.services.slots import When
from liftlock.store import audit_events, moves, restore_points, steps, undos

_MOST_PATHS = 1000
_NO_BASELINE = Baseline(modules=(), schema=())
"""An Undo elsewhere than in Production does not look at Production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoWish:
    """Which move a person wants undone, when, and what they know falls with it."""

    move: MoveId
    when: When
    falls: frozenset[MoveId] = frozenset()
    """The later moves that were shown to fall with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undoable:
    """A move that can be undone now."""

    move: Move
    target: Environment
    live: Parts
    """The parts that its restore point holds, as they are now."""
    point: RestorePoint
    at: Parts
    """Where the restore point is."""
    falls: tuple[Move, ...]


def preview(tx: Transaction, who: Person, move_id: MoveId) -> UndoLosses:
    """Return what would go if a move was undone now; target and restore point are only read.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, NotUndoable, NothingToGoBackTo,
        RestorePointNotWhole, ReplacedSince, ModulesNewer, ServerUnreachable, FilesUnreachable.
    """
    found = _allowed(tx, who, move_id)
    before, now = _modules_before(tx, found.move), contents.installed(tx, found.target)
    system = found.live.has_files
    goes, returns = rules.modules_going(before, now) if system else ((), ())
    changed = _changed_files(found)
    return UndoLosses(
        move=found.move,
        point=found.point,
        waiting=undos.waiting(tx, found.move.organisation, found.move.target),
        falls=found.falls,
        modules=goes,
        returns=returns,
        writes=_writes(tx, found),
        files=tuple(changed[:_MOST_PATHS]),
        files_total=len(changed),
        newer=_newer(tx, found) if goes else (),
    )


def schedule(tx: Transaction, who: Person, wish: UndoWish) -> Move:
    """Book an Undo; one of Production is proposed, and waits for a validation there.

    Raises: as `preview`; UndoWaits; OthersFall; what `services/slots.py` says of the time.
    """
    found = _allowed(tx, who, wish.move)
    waiting = undos.waiting(tx, found.move.organisation, found.move.target)
    if waiting is not None:
        raise UndoWaits(undo=f"Undo {waiting.id} ({waiting.status})")
    rules.require_seen(found.move, found.falls, wish.falls)
    undoing = Undoing(
        environment=found.target.kind,
        move=found.move.id,
        falls=tuple(each.id for each in found.falls),
    )
    is_production = found.target.kind is Kind.PRODUCTION
    content = Content(
        packages=(),
        scope=found.move.content.scope,
        baseline=contents.baseline(tx, found.target) if is_production else _NO_BASELINE,
        undoing=undoing,
    )
    wanted = Wanted(
        id=moves.next_id(tx),
        kind=MoveKind.UNDO,
        when=wish.when,
        source=found.target,
        target=found.target,
        content=content,
    )
    return proposals.book(tx, who, wanted)


def require_may(tx: Transaction, who: Person, move_id: MoveId) -> Kind:
    """Refuse whoever may not undo a move; return which environment it changed.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound.
    """
    return _may(tx, who, move_id)[1].kind


def what_changed(tx: Transaction, undo: Move) -> tuple[str, ...]:
    """Say what is no longer as when an Undo was scheduled; nothing for any other move."""
    undone = _undone(tx, undo)
    if undone is None:
        return ()
    if undone.state is not State.COMPLETED:
        return (f"move {undone.id} is {undone.status}",)
    return rules.what_changed(undo, rules.falling(undone, undos.completed_after(tx, undone)))


def require_as_scheduled(tx: Transaction, undo: Move) -> None:
    """Refuse to validate an Undo that would not do any more what it was scheduled for.

    Raises: UndoOutdated, RestorePointNotWhole, NothingToGoBackTo, ServerUnreachable.
    """
    if changed := what_changed(tx, undo):
        raise UndoOutdated(undo=undo.id, changed=list(changed))
    undone = _undone(tx, undo)
    if undone is not None:
        _ = _whole(tx, undone, environments.target_of(tx, undone))


def complete(tx: Transaction, undo: Move) -> None:
    """Write what a completed Undo has done: which moves are undone, and which count again.

    The restore point of the undone move is the target now.
    """
    undone = [_for_update(tx, undo, id_) for id_ in rules.named_ids(undo)]
    by_them = undos.undone_by(tx, undo.organisation, [move.id for move in undone])
    for move in undone:
        _save(tx, move, move.undone(by=undo.id), Tag.MOVE_UNDONE, f"Undo {undo.id} undid it.")
    for move in rules.counting_again(undone, by_them):
        said = f"What had undone it is undone by Undo {undo.id}."
        _save(tx, move, move.counts_again(), Tag.MOVE_COUNTS_AGAIN, said)
    restore_points.dropped(tx, undo.organisation, undone[0].id)


def _save(tx: Transaction, was: Move, now: Move, tag: Tag, said: str) -> None:
    moves.save(tx, now, expecting=was.state)
    audit_events.append_of_move(tx, tag, None, now, {"said": said})
    notifications.tell_all(tx, tag, now, said)


def _may(tx: Transaction, who: Person, move_id: MoveId) -> tuple[Move, Environment]:
    organisation = organisations.of_move(tx, who, move_id)
    move = moves.load(tx, organisation.id, move_id)
    if move is None:
        raise MoveNotFound(move=move_id)
    target = environments.target_of(tx, move)
    who_may.require(who, Action.UNDO, organisation, target)
    return move, target


def _allowed(tx: Transaction, who: Person, move_id: MoveId) -> _Undoable:
    move, target = _may(tx, who, move_id)
    rules.require_undoable(move)
    falls = rules.falling(move, undos.completed_after(tx, move))
    found = _whole(tx, move, target)
    before = _modules_before(tx, move)
    rules.require_modules_as_kept(move, before, contents.installed(tx, target))
    live, point, at = found
    return _Undoable(move=move, target=target, live=live, point=point, at=at, falls=falls)


def _whole(tx: Transaction, move: Move, target: Environment) -> tuple[Parts, RestorePoint, Parts]:
    """Return what is live, the restore point in the books, and where it really is, complete."""
    point = restore_points.of_move(tx, move.organisation, move.id)
    if point is None:
        raise NothingToGoBackTo(move=move.id)
    live = _in_scope(environments.parts(tx, target, READER), move.content.scope)
    installation = installations.load(tx).name
    at = names.restore_point_parts(live, installation, move.id)
    mark = OwnerMark(installation=installation, move=move.id, attempt=NO_ATTEMPT)
    if not kept.exists(at, mark):
        raise RestorePointNotWhole(move=move.id, environment=target.kind.title)
    return live, point, at


def _in_scope(parts: Parts, scope: Scope) -> Parts:
    """Return what a move replaced or changed: all, where it aligned nothing."""
    return parts.within(scope) if scope.systemdb_and_files or scope.data else parts


def _modules_before(tx: Transaction, move: Move) -> tuple[Installed, ...]:
    """Return the modules that the target had before a move, as its look noted them."""
    noted = steps.facts_of(tx, move.id).get(LOOK, {}).get(MODULES)
    if not isinstance(noted, dict):
        return ()
    return tuple(sorted(_as_installed(code, str(said)) for code, said in noted.items()))


def _as_installed(code: str, said: str) -> Installed:
    version, _, digest = said.partition(" ")
    return Installed(code=ModuleCode(code), version=version, digest=Digest(digest))


def _writes(tx: Transaction, found: _Undoable) -> Writes:
    notes = _notes(tx, (found.move, *found.falls))
    counted = writes.since(found.live, notes)
    return Writes(
        rows=tuple(
            RowsWritten(repository=each.database, table=each.table, writes=each.writes)
            for each in counted.tables
        ),
        at_least=counted.at_least,
        unknown=counted.unknown,
    )


def _notes(tx: Transaction, of: tuple[Move, ...]) -> Iterator[writes.Note]:
    for move in of:
        noted = steps.facts_of(tx, move.id).get(CHECK, {}).get(WRITES)
        if isinstance(noted, dict):
            yield cast("writes.Note", noted)


def _changed_files(found: _Undoable) -> list[str]:
    """Return the paths of the live files that the restore point lacks or has otherwise."""
    if not found.live.has_files:
        return []
    was = trees.digest_tree(found.at.files)
    now = trees.digest_tree(found.live.files)
    return [p for p, digest in now.items() if not p.endswith("/") and was.get(p) != digest]


def _newer(tx: Transaction, found: _Undoable) -> tuple[str, ...]:
    """Return the repositories that stay, and with them what newer modules have made of them."""
    everything = environments.parts(tx, found.target, READER).databases
    going = {database.label for database in found.live.databases}
    return tuple(
        d.label for d in everything if d.role is DatabaseRole.DATA and d.label not in going
    )


def _undone(tx: Transaction, undo: Move) -> Move | None:
    undoing = undo.content.undoing
    return None if undoing is None else moves.load(tx, undo.organisation, MoveId(undoing.move))


def _for_update(tx: Transaction, undo: Move, id_: MoveId) -> Move:
    move = moves.load_for_update(tx, undo.organisation, id_)
    if move is None:
        raise MoveNotFound(move=id_)
    return move
