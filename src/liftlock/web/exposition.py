"""Metrics as Prometheus reads them. Labels are kinds, statuses, step names and hosts: few."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from liftlock import __version__
from liftlock.domain.metrics import Metrics
from liftlock.domain.statuses import status_word


class _Measured(Collector):
    """What was measured in the books; without it only that they cannot be reached."""

    def __init__(self, measured: Metrics | None) -> None:
        self._measured = measured

    @override
    def collect(self) -> Iterator[Metric]:
        yield _gauge("build", "Which release answers.", {"version": __version__}, 1)
        reached = float(self._measured is not None)
        yield _gauge(
            "books_reachable", "1 when the books answer, are of this release.", {}, reached
        )
        if self._measured is not None:
            yield from _of_moves(self._measured)
            yield from _of_the_rest(self._measured)


def text(measured: Metrics | None) -> bytes:
    """Return the metrics as text; None: the books cannot be used."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measured(measured))
    return generate_latest(registry)


def _gauge(name: str, said: str, labels: dict[str, str], value: float) -> Metric:
    family = GaugeMetricFamily(f"liftlock_{name}", said, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _of_moves(found: Metrics) -> Iterator[Metric]:
    moves = GaugeMetricFamily("liftlock_moves", "Moves by status.", labels=["kind", "status"])
    for (kind, state), number in found.moves.items():
        moves.add_metric([kind, status_word(kind, state)], number)
    yield moves
    yield _gauge(
        "moves_errored", "Errored moves that nobody has resolved.", {}, found.waits.errored
    )
    waits = GaugeMetricFamily(
        "liftlock_longest_wait_seconds", "How long the longest waits now.", labels=["awaits"]
    )
    waits.add_metric(["validation"], found.waits.validation_s)
    waits.add_metric(["begin"], found.waits.begin_s)
    waits.add_metric(["resolution"], found.waits.resolution_s)
    yield waits
    held_up = SummaryMetricFamily(
        "liftlock_held_up_seconds", "From a slot's begin until its move began.", labels=["kind"]
    )
    for kind, total in found.held_up.items():
        held_up.add_metric([kind], total.times, total.seconds)
    yield held_up
    steps = SummaryMetricFamily(
        "liftlock_step_seconds", "How long finished steps took.", labels=["kind", "step"]
    )
    for (kind, step), total in found.steps.items():
        steps.add_metric([kind, step], total.times, total.seconds)
    yield steps


def _of_the_rest(found: Metrics) -> Iterator[Metric]:
    beats = GaugeMetricFamily(
        "liftlock_worker_beat_age_seconds", "Since a worker's last beat.", labels=["host", "place"]
    )
    for beat in found.beats:
        beats.add_metric([beat.host, str(beat.place)], beat.ago_s)
    yield beats
    yield _gauge("workers", "Workers on the list.", {}, len(found.beats))
    points = GaugeMetricFamily(
        "liftlock_restore_points", "Restore points that are kept.", labels=["environment"]
    )
    sizes = GaugeMetricFamily(
        "liftlock_restore_point_bytes", "What they take together.", labels=["environment"]
    )
    for kind, kept in found.restore_points.items():
        points.add_metric([kind], kept.points)
        sizes.add_metric([kind], kept.size_bytes)
    yield points
    yield sizes
    outbox = found.outbox
    yield _gauge("outbox_waiting", "Mails that have not gone out yet.", {}, outbox.waiting)
    yield _gauge("outbox_oldest_seconds", "How long the oldest of them waits.", {}, outbox.oldest_s)
    yield _gauge("outbox_given_up", "Mails that never went out.", {}, outbox.given_up)
