"""The janitor, each minute: what the engine has lost, what waits too long, what may be dropped.

A move that the books call running and that the engine does not know, or has given up, is errored:
a person must look. Restore points that retention no longer keeps are dropped, and so are the
engine's own memory of moves that ended before those, and what people were told long ago. The copies
of a move that a person marked as repaired are dropped, too: nobody undoes its steps any more.
"""

from collections.abc import Iterator
from datetime import timedelta

from liftlock.books import Books, Transaction
from liftlock.domain.progress import Progress
from liftlock.domain.restore_points import KEPT_FOR, RestorePoint
from liftlock.domain.statuses import Cause, State
from liftlock.downalign import dropping
from liftlock.environments import keeping
from liftlock.environments.parts import Parts
from liftlock.errors import LiftlockError
from liftlock.services import notifications, restore_points, runs
from liftlock.services.runs import RunFacts
from liftlock.telemetry import log
from liftlock.workflows import engine
from liftlock.workflows.carrying import put_back_id

WAITS_TOO_LONG_S = 300.0
LOOKED_AFTER = timedelta(days=1)
"""For how long copies of a move that was marked as repaired are looked for."""
GIVEN_UP = "The engine has given it up, and nobody can tell what is done. Put it back again."


NOTIFICATIONS_LAST = timedelta(days=365)


def sweep(books: Books, notifications_last: timedelta = NOTIFICATIONS_LAST) -> None:
    """Do the janitor's whole round; what cannot be done now is logged and left for the next one."""
    with books.transaction() as tx:
        _end_lost_moves(tx)
        _end_lost_put_backs(tx)
    with books.transaction() as tx:
        due, forgotten = tuple(_due(tx)), tx.now - KEPT_FOR - timedelta(days=1)
    for point, parts in due:
        _drop(books, point, parts)
    with books.transaction() as tx:
        _ = notifications.forget(tx, notifications_last)
        repaired = tuple(runs.left_by_repaired(tx, tx.now - LOOKED_AFTER))
    for left in repaired:
        _drop_copies(left)
    _ = engine.forget_ended(forgotten)


def _end_lost_moves(tx: Transaction) -> None:
    running = {str(move.id): move for move in runs.running(tx)}
    for workflow_id in _lost(tx, list(running)):
        move = running[workflow_id]
        log.error("move.lost", move=move.id)
        _ = runs.end(tx, move.id, State.ERRORED, cause=Cause.BROKE, said=GIVEN_UP)


def _end_lost_put_backs(tx: Transaction) -> None:
    running = {put_back_id(resolution): resolution for resolution in runs.putting_back(tx)}
    for workflow_id in _lost(tx, list(running)):
        move = running[workflow_id].move
        log.error("move.put_back_lost", move=move)
        _ = runs.end_put_back(tx, move, succeeded=False, said=GIVEN_UP)


def _lost(tx: Transaction, workflow_ids: list[str]) -> Iterator[str]:
    """Yield what the engine will never end; raise an alarm for what no worker takes."""
    standing = engine.standing(tx, workflow_ids)
    for workflow_id in workflow_ids:
        found = standing.get(workflow_id)
        if found is None or found.is_over:
            yield workflow_id
        elif found.waits and found.since_s > WAITS_TOO_LONG_S:
            log.error("move.waits_for_a_worker", workflow=workflow_id, seconds=found.since_s)


def _due(tx: Transaction) -> Iterator[tuple[RestorePoint, Parts]]:
    for point in restore_points.due(tx):
        yield point, restore_points.places(tx, point)


def _drop(books: Books, point: RestorePoint, parts: Parts) -> None:
    try:
        keeping.drop(parts, _silent)
    except LiftlockError as error:
        log.warning("restore_point.not_dropped", move=point.move, code=error.code)
        return
    books.retrying(lambda tx: restore_points.gone(tx, point.move))


def _drop_copies(left: RunFacts) -> None:
    """Drop what a repaired move's attempts left beside its target; its restore point stays."""
    try:
        _ = dropping.drop_copies(left.installation, left.target, left.move.id)
    except LiftlockError as error:
        log.warning("move.copies_not_dropped", move=left.move.id, code=error.code)


def _silent(_: Progress, /) -> None:
    """Nobody watches the janitor."""
