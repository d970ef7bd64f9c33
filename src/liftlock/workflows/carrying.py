"""The workflows themselves: a move from its first step to its end in the books, and a put-back.

They run in the engine, which may run them again from the start after a crash: everything that they
do is an act that it remembers, and what they read in between does not change while they run.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from liftlock.books import Transaction
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.resolutions import Resolution
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.errors import Conflict
from liftlock.services import runs
from liftlock.workflows import engine
from liftlock.workflows.attempts import Interrupted, Resources, asked, carry_out_act
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import (
    Act,
    Broke,
    Done,
    Ended,
    UnknownStep,
    carry_out,
    frozen,
    put_back,
)


class UnreadableOutcome(Conflict):
    """What the engine kept of an act was written by another release."""

    code = "move.unreadable_outcome"
    sentence = "The engine kept {kept} of an act, which this release cannot read."


PUT_BACK = "put_back_again.v1"


def workflow_of(kind: MoveKind) -> str:
    """Return the name of the workflow that carries out a move of this kind."""
    return f"{kind}.v1"


def put_back_id(resolution: Resolution) -> str:
    """Return the engine's id for one put-back: a person may ask again when one has failed."""
    return f"{resolution.move}.put_back.{resolution.id}"


def bodies(resources: Resources) -> dict[str, engine.Body]:
    """Return every workflow by its name, as the engine takes it."""
    moving = {workflow_of(kind): partial(carry, resources) for kind in TABLES}
    return {**moving, PUT_BACK: partial(carry_back, resources)}


def carry(resources: Resources, move_id: MoveId) -> None:
    """Carry a running move out, and write its end."""
    move = asked(resources, lambda tx: runs.load(tx, move_id))
    ended = _carried_out(resources, move)

    def end(tx: Transaction) -> None:
        _ = runs.end(tx, move_id, ended.state, cause=ended.cause, said=ended.said)

    _end(resources, end)


def carry_back(resources: Resources, move_id: MoveId) -> None:
    """Put an errored move's target back again, as a person asked, and write what came of it."""
    move = asked(resources, lambda tx: runs.load(tx, move_id))
    begun = asked(resources, lambda tx: runs.steps_begun(tx, move_id))
    because = Broke(cause=move.cause or Cause.BROKE, said=move.cause_said)
    once = partial(_once, resources, move_id)
    ended = put_back(TABLES[move.kind], begun, once, because=because)

    def end(tx: Transaction) -> None:
        succeeded = ended.state is State.FAILED
        _ = runs.end_put_back(tx, move_id, succeeded=succeeded, said=ended.said)

    _end(resources, end)


def _carried_out(resources: Resources, move: Move) -> Ended:
    try:
        steps = frozen(TABLES[move.kind], move.steps, move.id)
    except UnknownStep as unknown:
        return Ended(state=State.ERRORED, cause=Cause.BROKE, said=str(unknown))
    return carry_out(steps, partial(_once, resources, move.id))


def _once(resources: Resources, move_id: MoveId, act: Act, /) -> Done | Broke:
    """Carry an act out once across crashes; what the engine keeps of it is plain."""
    kept = engine.once(act.name, lambda: as_plain(carry_out_act(resources, move_id, act)))
    return from_plain(kept)


def _end(resources: Resources, write: Callable[[Transaction], None]) -> None:
    """Write the end once, and only while this execution still owns the workflow."""

    def owned(tx: Transaction) -> None:
        if not engine.owns(tx):
            raise Interrupted
        write(tx)

    def body() -> engine.Plain:
        asked(resources, owned)
        return {}

    _ = engine.once("end", body)


def as_plain(outcome: Done | Broke) -> engine.Plain:
    """Return an outcome as the engine keeps it: plain, so that a later release can read it."""
    match outcome:
        case Done(said=said):
            return {"done": True, "said": said}
        case Broke():
            return {"done": False, **asdict(outcome)}


def from_plain(kept: engine.Plain) -> Done | Broke:
    """Return what the engine kept of an act.

    Raises:
        UnreadableOutcome: another release wrote it in another form.
    """
    match kept:
        case {"done": True, "said": str(said)}:
            return Done(said=said)
        case {
            "cause": str(cause),
            "said": str(said),
            "tries": int(tries),
            "never_opened": bool(never_opened),
        }:
            return Broke(cause=Cause(cause), said=said, tries=tries, never_opened=never_opened)
        case _:
            raise UnreadableOutcome(kept=sorted(kept))
