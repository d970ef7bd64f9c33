"""Books that were restored from a backup: what they call running has long gone on without them.

Nothing of it is carried on: whether a target is as before, as promised, or has been worked in since
only a person can tell.
"""

from dataclasses import dataclass

from liftlock.books import Transaction
from liftlock.domain.statuses import Cause, State
from liftlock.services import belongings, installations, runs, workers
from liftlock.workflows import engine

SAID = (
    "The books were restored from a backup that was made while it ran. Look what the target is now:"
    " where people have worked in it since, mark as repaired; put back again would lose their work."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of restored books."""

    errored: tuple[int, ...]
    """The moves that had been running."""
    next_move: int
    """The number that the next move gets."""


def settle(tx: Transaction) -> Restored:
    """Let restored books go on in this database, where no worker is at work.

    Raises: WrongMasterKey.
    """
    _ = engine.give_up_all(tx)
    for worker in workers.list_all(tx):
        workers.leave(tx, worker.executor_id)
    running = runs.running(tx)
    for move in running:
        _ = runs.end(tx, move.id, State.ERRORED, cause=Cause.BROKE, said=SAID)
    _ = runs.begin_put_backs(tx)
    for resolution in runs.putting_back(tx):
        _ = runs.end_put_back(tx, resolution.move, succeeded=False, said=SAID)
    following = installations.settle(tx, after=belongings.highest_move(tx))
    return Restored(errored=tuple(move.id for move in running), next_move=following)
