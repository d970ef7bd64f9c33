"""Workers show that they live, and find out who does not."""

from datetime import timedelta

from liftlock.books import Transaction
from liftlock.domain.people import Person
from liftlock.domain.workers import ExecutorId, Worker
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.store import workers


def arrive(tx: Transaction, executor_id: ExecutorId, version: str) -> None:
    """Put this worker on the list.

    Commit it before the engine starts: a worker without a row is taken for dead.
    """
    workers.arrive(tx, executor_id, version)


def beat(tx: Transaction, executor_id: ExecutorId) -> bool:
    """Show that this worker lives; false when it was taken off the list: it must arrive anew."""
    return workers.beat(tx, executor_id)


def leave(tx: Transaction, executor_id: ExecutorId) -> None:
    """Take this worker off the list, so that others take its moves over at once."""
    workers.leave(tx, executor_id)


def dead(tx: Transaction, after: timedelta) -> tuple[ExecutorId, ...]:
    """Return who has not beaten for `after`; while the server itself was away nobody could."""
    return tuple(worker.executor_id for worker in workers.silent(tx, after))


def watch(tx: Transaction, who: Person) -> tuple[Worker, ...]:
    """Return every worker on the list, to a platform operator.

    Raises: NotAllowed.
    """
    who_may.require_operator(who, Action.WATCH_WORKERS)
    return list_all(tx)


def list_all(tx: Transaction) -> tuple[Worker, ...]:
    """Return every worker on the list."""
    return tuple(workers.load_all(tx))
