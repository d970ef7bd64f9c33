"""Metrics: what an operator's monitoring reads, measured in the books at one moment."""

from collections import defaultdict
from collections.abc import Iterable

from liftlock.books import Transaction
from liftlock.domain.environments import Kind
from liftlock.domain.metrics import Beat, KeptPoints, Metrics
from liftlock.domain.statuses import MoveKind, states_of
from liftlock.domain.workers import Worker
from liftlock.store import metrics, workers


def measure(tx: Transaction) -> Metrics:
    """Measure everything; what there is none of is there, too, as nought."""
    moves, points = metrics.moves(tx), metrics.restore_points(tx)
    return Metrics(
        moves={(k, s): moves.get((k, s), 0) for k in MoveKind for s in states_of(k)},
        waits=metrics.waits(tx),
        held_up=metrics.held_up(tx),
        steps=metrics.steps(tx),
        beats=tuple(_beats(tx, workers.load_all(tx))),
        restore_points={kind: points.get(kind, KeptPoints()) for kind in Kind},
        outbox=metrics.outbox(tx),
    )


def _beats(tx: Transaction, found: Iterable[Worker]) -> Iterable[Beat]:
    """Number the workers of each host, oldest first: executor ids never come again."""
    places: defaultdict[str, int] = defaultdict(int)
    for worker in sorted(found, key=lambda each: (each.started_at, each.executor_id)):
        host = worker.executor_id.rsplit("-", 2)[0]
        places[host] += 1
        ago_s = max((tx.now - worker.beat_at).total_seconds(), 0.0)
        yield Beat(host=host, place=places[host], ago_s=ago_s)
