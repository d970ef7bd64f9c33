"""The tick: what is due begins, in the books and in the engine in one transaction.

A person's *put back again* is a row, too, and is taken in the same way. Every worker ticks; the
books let each move begin once.
"""

from liftlock.books import Transaction
from liftlock.services import runs
from liftlock.telemetry import log
from liftlock.workflows import engine
from liftlock.workflows.carrying import PUT_BACK, put_back_id, workflow_of
from liftlock.workflows.registry import step_names


def tick(tx: Transaction) -> int:
    """Begin what is due; return how much began. Nothing begins unless the transaction commits."""
    begun = runs.begin_due(tx, step_names())
    for move in begun:
        engine.enqueue(tx, workflow_of(move.kind), str(move.id), move.id, move.organisation)
        log.info("move.begun", move=move.id, kind=move.kind)
    asked = runs.begin_put_backs(tx)
    for resolution in asked:
        workflow_id = put_back_id(resolution)
        engine.enqueue(tx, PUT_BACK, workflow_id, resolution.move, resolution.organisation)
        log.info("move.put_back_begun", move=resolution.move)
    return len(begun) + len(asked)
