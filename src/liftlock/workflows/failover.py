"""Workers watch each other: the moves of one that stops beating go back to the queue.

The row in `workers` exists before the engine starts: a worker without one looks dead to the others.
Whoever has left the list gave its moves up. A silent one is judged only by a worker that has
watched for a full period: one that was itself paused, or is young, has an old view.

A worker watches itself, too: a workflow that is called its own for a full period, and that nothing
in it works at, goes back to the queue.
"""

import threading
from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from liftlock import clock
from liftlock.books import Books, BooksUnavailable, Transaction
from liftlock.domain.workers import ExecutorId
from liftlock.errors import LiftlockError
from liftlock.services import workers
from liftlock.telemetry import log
from liftlock.workflows import engine

_GOODBYE = timedelta(seconds=5)
"""How long a worker that leaves tries to say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """How often a worker beats, and after how long without a beat it is dead."""

    every_s: float = 5.0
    death_s: float = 30.0


def name_of(error: Exception) -> str:
    """Return what the log may say of an error: its code or its kind, never its words."""
    return error.code if isinstance(error, LiftlockError) else type(error).__name__


class Failover(threading.Thread):
    """Beats for this worker, and gives the moves of dead ones back to the queue."""

    def __init__(self, books: Books, me: ExecutorId, heartbeat: Heartbeat) -> None:
        super().__init__(daemon=True, name="failover")
        self._books = books
        self._me = me
        self._heartbeat = heartbeat
        self._ended = threading.Event()
        self._watching_since_s = self._beat_s = clock.monotonic_s()
        self._unattended_since_s: dict[str, float] = {}
        books.retrying(lambda tx: workers.arrive(tx, me, engine.VERSION))

    @override
    def run(self) -> None:
        """Beat until told to leave; never die of an error, since nobody else would beat."""
        while not self._ended.wait(self._heartbeat.every_s):
            try:
                self._round()
            except Exception as error:  # noqa: BLE001  one bad round must not be the last
                log.warning("worker.beat_failed", why=name_of(error))

    def leave(self) -> None:
        """Take this worker off the list, so that others take its moves over at once.

        Where the books do not answer now, the others will notice its silence.
        """
        self._ended.set()
        if self.is_alive():
            self.join()
        try:
            self._books.retrying(lambda tx: workers.leave(tx, self._me), lasting=_GOODBYE)
        except BooksUnavailable:
            log.warning("worker.left_without_goodbye", executor=self._me)

    def _round(self) -> None:
        with self._books.transaction() as tx:
            if not workers.beat(tx, self._me):
                workers.arrive(tx, self._me, engine.VERSION)
        now_s, before_s = clock.monotonic_s(), self._beat_s
        self._beat_s = now_s
        if now_s - before_s > self._heartbeat.death_s / 2:
            self._watching_since_s = now_s
        self._take_over(judging=now_s - self._watching_since_s >= self._heartbeat.death_s)
        self._give_back(now_s)

    def _take_over(self, *, judging: bool) -> None:
        with self._books.transaction() as tx:
            gone = self._gone(tx)
            dead = (gone | self._silent(tx) if judging else gone) - {self._me}
        if not dead:
            return
        recovered = engine.recover(sorted(dead))
        with self._books.transaction() as tx:
            for executor in dead:
                workers.leave(tx, executor)
        log.warning("worker.taken_over", dead=sorted(dead), moves=recovered)

    def _give_back(self, now_s: float) -> None:
        """Give back what was called this worker's own all along and is worked at by nobody."""
        with self._books.transaction() as tx:
            found = engine.unattended(tx, self._me)
            since_s = {claim: self._unattended_since_s.get(claim, now_s) for claim in found}
            long = [c for c, at_s in since_s.items() if now_s - at_s >= self._heartbeat.death_s]
            given_back = engine.give_back(tx, self._me, long) if long else 0
        self._unattended_since_s = since_s
        if given_back:
            log.warning("worker.gave_back", moves=given_back)

    def _silent(self, tx: Transaction) -> frozenset[ExecutorId]:
        """Return who is on the list and has not beaten for too long."""
        return frozenset(workers.dead(tx, timedelta(seconds=self._heartbeat.death_s)))

    def _gone(self, tx: Transaction) -> frozenset[ExecutorId]:
        """Return who has left the list and work behind."""
        at_work = frozenset(ExecutorId(name) for name in engine.executors_at_work(tx))
        return at_work - {worker.executor_id for worker in workers.list_all(tx)}
