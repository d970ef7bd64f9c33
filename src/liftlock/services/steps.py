"""The steps of a running move: begun, told about, ended by workers; watched by people."""

from collections.abc import Mapping

from liftlock.books import Transaction
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import MoveId
from liftlock.domain.people import Person
from liftlock.domain.progress import Progress
from liftlock.domain.steps import StepShown, StepState
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import organisations
from liftlock.store import moves, steps
from liftlock.store.steps import Facts

__all__ = ["Facts", "begin", "end", "facts_of", "list_all", "tell"]


def begin(tx: Transaction, move: MoveId, name: str) -> None:
    """Write that a step, or an undo, begins; one that was begun before is tried once more."""
    steps.begin(tx, move, name)


def tell(tx: Transaction, move: MoveId, name: str, progress: Progress) -> None:
    """Write how far a running step is."""
    steps.tell(tx, move, name, progress)


def end(
    tx: Transaction, move: MoveId, name: str, state: StepState, *, said: str, facts: Facts
) -> None:
    """Write how a step ended, and facts that later steps read."""
    steps.end(tx, move, name, state, said=said, facts=facts)


def facts_of(tx: Transaction, move: MoveId) -> Mapping[str, Facts]:
    """Return what each step of a move has left, by its name."""
    return steps.facts_of(tx, move)


def list_all(tx: Transaction, who: Person, move_id: MoveId) -> tuple[StepShown, ...]:
    """Return the steps of a move that have begun, in the order in which they did.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound.
    """
    owner = moves.organisation_of(tx, move_id)
    known = {organisation.id: organisation for organisation in organisations.list_all(tx, who)}
    if owner is None or owner not in known:
        raise MoveNotFound(move=move_id)
    who_may.require(who, Action.READ, known[owner])
    return tuple(steps.of_move(tx, owner, move_id))
