"""Completed moves with real restore points, without the hours of a real run."""

from acme_books import Acme
from aligning import quiet
from journeys import begin, down_align, end, to_production, to_staging, validate
from liftlock.domain.contents import Scope
from liftlock.domain.environments import Kind
from liftlock.domain.moves import TARGET, Move, MoveId
from liftlock.domain.people import Person
from liftlock.domain.stages import LOOK
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.steps import StepState
from liftlock.domain.undos import CHECK, MODULES, WRITES
from liftlock.environments import names, writes
from liftlock.environments import restore_points as kept
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.writes import Json
from liftlock.modules import readback
from liftlock.services import installations, restore_points, steps, undos
from liftlock.services.slots import Soon, When
from liftlock.services.undos import UndoWish

WHOLE = Scope(systemdb_and_files=True, data=True)


def completed(acme: Acme, kind: MoveKind, scope: Scope = WHOLE) -> Move:
    """Complete a move whose target is kept as it was; one that brings modules brings `acme.crm`."""
    if kind is MoveKind.MOVE_TO_STAGING:
        move = validate(acme, to_staging(acme))
    elif kind is MoveKind.MOVE_TO_PRODUCTION:
        move = validate(acme, to_production(acme))
    else:
        move = down_align(
            acme,
            systemdb_and_files=scope.systemdb_and_files,
            data=scope.data,
            newer_understood=True,
        )
    assert [m.id for m in begin(acme)] == [move.id]
    target = TARGET[kind]
    keep(acme, move, acme.parts[target], acme.parts[target])
    if kind is not MoveKind.DOWN_ALIGN:
        acme.install(target, acme.crm)
    note(acme, move.id, CHECK, {WRITES: writes.note(acme.parts[target])})
    return end(acme, move)


def keep(acme: Acme, move: Move, before: Parts, live: Parts) -> None:
    """Keep the target as it is, and note the modules that it is said to have had before."""
    note(acme, move.id, LOOK, {MODULES: modules(before)})
    at, mark = place(acme, move)
    taken = kept.take_by_template(within(live, move), at, mark, quiet)
    with acme.books.transaction() as tx:
        restore_points.record(tx, move.id, taken.size_bytes)


def modules(of: Parts) -> dict[str, Json]:
    """Return an environment's modules as a move's look notes them."""
    return {m.code: f"{m.version} {m.digest}" for m in readback.installed(of)}


def place(acme: Acme, move: Move) -> tuple[Parts, OwnerMark]:
    """Return where the restore point of a move is, and how it is marked."""
    kind = move.content.undoing.environment if move.content.undoing else TARGET[move.kind]
    with acme.books.transaction() as tx:
        name = installations.load(tx).name
    at = names.restore_point_parts(within(acme.parts[kind], move), name, move.id)
    return at, OwnerMark(installation=name, move=move.id, attempt=0)


def within(live: Parts, move: Move) -> Parts:
    scope = move.content.scope
    return live.within(scope) if scope.systemdb_and_files or scope.data else live


def note(acme: Acme, move: MoveId, name: str, facts: "steps.Facts") -> None:
    """Let a step have left these facts."""
    with acme.books.transaction() as tx:
        steps.begin(tx, move, name)
        steps.end(tx, move, name, StepState.DONE, said="done", facts=facts)


def undo(
    acme: Acme, move: Move, *falls: Move, who: Person | None = None, when: When | None = None
) -> Move:
    """Book the Undo of a move, by Dora."""
    seen = frozenset(each.id for each in falls)
    wish = UndoWish(move=move.id, when=when or Soon(), falls=seen)
    with acme.books.transaction() as tx:
        return undos.schedule(tx, who or acme.dora, wish)


def undone(acme: Acme, move: Move, *falls: Move) -> Move:
    """Carry the Undo of a move through, in the real environment."""
    booked = undo(acme, move, *falls)
    if booked.state is State.PROPOSED:
        booked = validate(acme, booked, acme.cem)
    assert [m.id for m in begin(acme)] == [booked.id]
    live = within(acme.parts[kind_of(booked)], booked)
    (came, _), (aside, mark) = place(acme, move), place(acme, booked)
    note(acme, booked.id, LOOK, {MODULES: modules(live)})
    kept.exchange(live, came, aside, mark, quiet)
    note(acme, booked.id, CHECK, {WRITES: writes.note(acme.parts[kind_of(booked)])})
    with acme.books.transaction() as tx:
        restore_points.record(tx, booked.id, 1)
    return end(acme, booked)


def kind_of(undo: Move) -> Kind:
    """Return which environment an Undo changes."""
    assert undo.content.undoing is not None
    return undo.content.undoing.environment
