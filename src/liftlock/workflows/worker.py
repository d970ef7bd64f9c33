"""A worker: beats, ticks, sweeps, and carries out the moves that the engine hands to it."""

import secrets
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from os import getpid
from types import FrameType

from pydantic import SecretStr
from typing_extensions import override

from liftlock import clock
from liftlock.books import Books
from liftlock.domain.workers import ExecutorId
from liftlock.modules.stores import ModuleStore
from liftlock.telemetry import log
from liftlock.workflows import carrying, due, engine, expiring, janitor, mailing, recording
from liftlock.workflows.attempts import Patience, Resources
from liftlock.workflows.engine import EngineNotReady
from liftlock.workflows.failover import Failover, Heartbeat, name_of
from liftlock.workflows.mailing import Mail
from liftlock.workflows.recording import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a worker does what, in seconds, and how long it keeps what people were told."""

    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    tick_s: float = 1.0
    janitor_s: float = 60.0
    look_ahead_s: float = 30.0
    mail_s: float = 2.0
    record_s: float = 600.0
    queue_s: float = 1.0
    tell_s: float = 1.0
    patience: Patience = field(default_factory=Patience)
    notifications_last: timedelta = janitor.NOTIFICATIONS_LAST


class Worker:
    """Carries out moves until it is asked to end. One a process: the engine is one a process."""

    def __init__(
        self,
        database_url: SecretStr,
        books: Books,
        store: ModuleStore,
        rhythm: Rhythm | None = None,
        mail: Mail | None = None,
        *,
        record: Record | None = None,
    ) -> None:
        self._mail = mail
        self._record = record
        self._database_url = database_url
        self._rhythm = rhythm or Rhythm()
        self._leaving = threading.Event()
        self._asked_to_end = False
        self._resources = Resources(
            books=books,
            store=store,
            leaving=self._leaving,
            patience=self._rhythm.patience,
            tell_every_s=self._rhythm.tell_s,
        )
        self._executor_id = ExecutorId(f"{socket.gethostname()}-{getpid()}-{secrets.token_hex(4)}")

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; then leave, so that others take over what is not done.

        Call it from the process's main thread.

        Raises:
            BooksUnavailable, EngineNotReady: it cannot begin.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            _ = signal.signal(number, self._hear)
        failover = self.start()
        while not self._asked_to_end:
            clock.sleep_s(0.1)
        self.stop(failover)

    def start(self) -> Failover:
        """Begin to work in threads of this process. The row in the books comes first.

        Raises:
            EngineNotReady: the books lack the engine's tables.
        """
        books, rhythm = self._resources.books, self._rhythm
        failover = Failover(books, self._executor_id, rhythm.heartbeat)
        try:
            engine.start(
                self._database_url,
                executor_id=self._executor_id,
                bodies=carrying.bodies(self._resources),
                polling_s=rhythm.queue_s,
            )
        except EngineNotReady:
            failover.leave()
            raise
        failover.start()
        Repeating("ticks", rhythm.tick_s, self._tick, self._leaving).start()
        Repeating("janitor", rhythm.janitor_s, self._sweep, self._leaving).start()
        Repeating("look ahead", rhythm.look_ahead_s, self._look_ahead, self._leaving).start()
        Repeating("mail", rhythm.mail_s, self._deliver, self._leaving).start()
        Repeating("record", rhythm.record_s, self._take_heads, self._leaving).start()
        log.info("worker.arrived", executor=self._executor_id)
        return failover

    def stop(self, failover: Failover) -> None:
        """Leave the list of workers and the engine; running steps hear it at their next word."""
        self._leaving.set()
        failover.leave()
        engine.stop()
        log.info("worker.left", executor=self._executor_id)

    def _tick(self) -> None:
        with self._resources.books.transaction() as tx:
            _ = due.tick(tx)

    def _sweep(self) -> None:
        janitor.sweep(self._resources.books, self._rhythm.notifications_last)

    def _look_ahead(self) -> None:
        _ = expiring.look(self._resources.books)

    def _deliver(self) -> None:
        if self._mail is not None:
            _ = mailing.deliver(self._resources.books, self._mail)

    def _take_heads(self) -> None:
        if self._record is not None:
            _ = recording.export(self._resources.books, self._record)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        """Only note it: a lock that is taken here may be one that this thread already holds."""
        del number, frame
        self._asked_to_end = True


class Repeating(threading.Thread):
    """Does something again and again; what goes wrong once is logged and tried the next time."""

    def __init__(
        self, name: str, every_s: float, work: Callable[[], None], ended: threading.Event
    ) -> None:
        super().__init__(daemon=True, name=name)
        self._every_s = every_s
        self._work = work
        self._ended = ended

    @override
    def run(self) -> None:
        """Work until told to end."""
        while not self._ended.wait(self._every_s):
            try:
                self._work()
            except Exception as error:  # noqa: BLE001  one bad round must not be the last
                log.warning("worker.round_failed", round=self.name, why=name_of(error))
