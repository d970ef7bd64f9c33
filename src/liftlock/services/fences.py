"""Fencing: each step takes a number for its target, and changes things only while it holds it."""

from collections.abc import Callable

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.fences import NoLongerOwner
from liftlock.domain.moves import MoveId
from liftlock.store import fences


def take(
    tx: Transaction,
    environment: EnvironmentId,
    move: MoveId,
    *,
    owns: Callable[[Transaction], bool],
) -> int:
    """Raise the target's number for one step and return it.

    `owns` is asked while the number is locked, in this transaction: without it,
        a paused worker's retry would take the
    number back from the one that took over.

    Raises:
        NoLongerOwner: it says no.
    """
    fences.lock(tx, environment)
    if not owns(tx):
        raise NoLongerOwner(move=move)
    return fences.raise_number(tx, environment, move)


def require_held(tx: Transaction, environment: EnvironmentId, move: MoveId, number: int) -> None:
    """Hold the number until the transaction ends: nobody takes the move over meanwhile.

    Raises:
        NoLongerOwner: a later step, or another worker, has raised it.
    """
    if fences.present(tx, environment) != number:
        raise NoLongerOwner(move=move)
