"""How every connection to a PostgreSQL is made, and who notices that one hangs.

A connection may be half open: the other end is gone, or something between stopped passing bytes,
and nobody ever says so. The system finds the first by probes (`limited`). Where a proxy still
answers these, only the server can tell: after a while one asks it, over another connection, what
the session is doing. A statement that works, or waits for a lock, may take all night. But when the
server waits for us while we wait for it, or when it does not answer any more, the connection is
closed under whoever waits, as a network would, and the work is tried again.
"""

import os
import socket
import threading
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from typing_extensions import override

from liftlock import clock
from liftlock.telemetry import log

LIMITS: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A peer that is gone is noticed within half a minute; the last one is in milliseconds."""
DURABLE = "-c synchronous_commit=on"
"""What is committed survives a crash of its server, whatever that is set to: we go by it."""

WHO_AM_I: LiteralString = "SELECT pg_backend_pid()"
STANDING: LiteralString = """
SELECT a.pid, a.state, a.wait_event_type, a.query_start::text, a.state_change::text,
       (SELECT sum(c.bytes_processed) FROM pg_stat_progress_copy c WHERE c.pid = a.pid)::text
FROM pg_stat_activity a WHERE a.pid = ANY(%(pids)s)
"""
_KEPT_WAITING = 3
"""So many looks in a row must find the server waiting for us, and nothing changed between them."""
_UNANSWERED = 2
_SILENT = frozenset({None, "08000", "08001", "08003", "08004", "08006"})
"""What it means that nobody answered; any other refusal is an answer."""

Standing: TypeAlias = tuple[str | None, str | None, str | None, str | None, str | None]


def limited(conninfo: str) -> str:
    """Return the same connection string with our limits, where it does not say others.

    Its sessions commit durably, whatever it says.
    """
    given = conninfo_to_dict(conninfo)
    lacking = {name: value for name, value in LIMITS.items() if given.get(name) is None}
    options = str(given.get("options") or "")
    if not options.endswith(DURABLE):
        options = f"{options} {DURABLE}".strip()
    return make_conninfo(conninfo, **lacking, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When a connection that waits for its server is looked at, in seconds."""

    suspect_s: float = 10.0
    again_s: float = 5.0
    answer_s: float = 10.0
    """How long the server may take to say what a session is doing."""
    look_up_s: float = 0.5


@contextmanager
def watched_over(connection: Connection, conninfo: str) -> Generator[None]:
    """Close the connection when it hangs inside the block: its user sees it break.

    Connections of the same application name work for each other: where one of them is at work, the
    others may wait.
    """
    entry = _Entry(connection=connection, conninfo=conninfo)
    WATCH.add(entry)
    try:
        yield
    finally:
        WATCH.remove(entry)


class Answers:
    """Whether a server goes on answering, while a program that is not ours talks to it."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._asked_s = clock.monotonic_s() + WATCH.pace.suspect_s - WATCH.pace.again_s
        self._asking: _Question | None = None
        self._unanswered = 0

    def no_more(self) -> bool:
        """Ask now and then, and say whether it has twice not answered. Call it often."""
        pace, now_s = WATCH.pace, clock.monotonic_s()
        if self._asking is None and now_s - self._asked_s > pace.again_s:
            self._asked_s = now_s
            self._asking = _Question(self._conninfo, 0, pace.answer_s)
            self._asking.start()
        if self._asking is not None and self._asking.is_over():
            silent = self._asking.knows and self._asking.answer is None
            self._unanswered = self._unanswered + 1 if silent else 0
            self._asking = None
        return self._unanswered >= _UNANSWERED


@dataclass(slots=True, kw_only=True, eq=False)
class _Entry:
    """A connection under watch, and what was seen of it."""

    connection: Connection
    conninfo: str
    waiting_since_s: float | None = None
    asked_s: float = float("-inf")
    asking: "_Question | None" = None
    standing: Standing | None = None
    looks: int = 0
    unanswered: int = 0

    @property
    def group(self) -> str:
        return self.connection.info.parameter_status("application_name") or ""

    @property
    def is_stuck(self) -> bool:
        """Whether its server has been found waiting for us at least twice, with no change."""
        return self.looks >= _KEPT_WAITING - 1 or self.unanswered > 0

    def forget(self) -> None:
        self.waiting_since_s = self.asking = self.standing = None
        self.looks = self.unanswered = 0

    def learn(self, standings: "Mapping[int, Standing] | None", pid: int) -> None:
        """Take in what the server said of the session; None: it did not answer."""
        if standings is None:
            self.unanswered += 1
            return
        self.unanswered = 0
        found = standings.get(pid)
        waits = found is None or (found[0] or "").startswith("idle") or found[1] == "Client"
        same = found == self.standing and self.looks > 0
        self.looks = 0 if not waits else self.looks + 1 if same else 1
        self.standing = found

    def break_off(self) -> None:
        """Close its socket under whoever waits for it."""
        with (
            suppress(OSError, psycopg.Error),
            closing(socket.socket(fileno=os.dup(self.connection.fileno()))) as s,
        ):
            s.shutdown(socket.SHUT_RDWR)


class _Question(threading.Thread):
    """Asks a server, over a connection of its own, what a session is doing."""

    def __init__(self, conninfo: str, pid: int, answer_s: float) -> None:
        super().__init__(daemon=True, name="connection question")
        self._conninfo = make_conninfo(conninfo, connect_timeout=max(2, int(answer_s)))
        self._answer_s = answer_s
        self.pid = pid
        self._asked_s = clock.monotonic_s()
        self.answer: Mapping[int, Standing] | None = None
        self.knows = True
        """False when the server answered, but not what was asked."""
        self._connection: Connection | None = None

    @override
    def run(self) -> None:
        try:
            with psycopg.connect(self._conninfo, autocommit=True) as self._connection:
                self._ask(self._connection)
        except psycopg.Error as error:
            self.knows = error.sqlstate in _SILENT

    def _ask(self, connection: Connection) -> None:
        """A pooler between gives numbers of its own to sessions: then nothing can be known."""
        me = connection.execute(WHO_AM_I).fetchone()
        rows = connection.execute(STANDING, {"pids": [self.pid]}).fetchall()
        self.answer = {int(row[0]): _standing(row) for row in rows}
        self.knows = me == (connection.info.backend_pid,)

    def is_over(self) -> bool:
        """Say whether there is an answer, or will be none."""
        if self.is_alive() and clock.monotonic_s() - self._asked_s <= self._answer_s:
            return False
        connection = self._connection
        if self.is_alive() and connection is not None and not connection.closed:
            _Entry(connection=connection, conninfo="").break_off()
        return True


def _standing(row: tuple[object, ...]) -> Standing:
    state, wait, began, changed, copied = (None if v is None else str(v) for v in row[1:])
    return state, wait, began, changed, copied


@dataclass(slots=True)
class _Watch:
    """All connections of this process that are under watch, and the thread that looks at them."""

    pace: Pace = field(default_factory=Pace)
    _entries: set[_Entry] = field(default_factory=set[_Entry])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def add(self, entry: _Entry) -> None:
        with self._lock:
            self._entries.add(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="connections")
                self._thread.start()

    def remove(self, entry: _Entry) -> None:
        with self._lock:
            self._entries.discard(entry)

    def _run(self) -> None:
        while True:
            clock.sleep_s(self.pace.look_up_s)
            with self._lock:
                for entry in self._entries:
                    self._look_safely(entry)

    def _look_safely(self, entry: _Entry) -> None:
        """A look that breaks must not be the last: nobody else would notice what hangs."""
        try:
            self._look(entry)
        except Exception as error:  # noqa: BLE001  whatever a connection that is ending may raise
            log.warning("connection.not_looked_at", why=type(error).__name__)
            entry.forget()

    def _look(self, entry: _Entry) -> None:
        if entry.connection.info.transaction_status is not TransactionStatus.ACTIVE:
            entry.forget()
            return
        now_s = clock.monotonic_s()
        if entry.waiting_since_s is None:
            entry.waiting_since_s = now_s
        if entry.asking is not None:
            self._hear(entry, entry.asking)
        elif (
            now_s - max(entry.waiting_since_s, entry.asked_s + self._pause_s) > self.pace.suspect_s
        ):
            self._ask(entry)

    @property
    def _pause_s(self) -> float:
        """By how much another question comes sooner than the first."""
        return self.pace.again_s - self.pace.suspect_s

    def _ask(self, entry: _Entry) -> None:
        entry.asked_s = clock.monotonic_s()
        pid = entry.connection.info.backend_pid
        entry.asking = _Question(entry.conninfo, pid, self.pace.answer_s)
        entry.asking.start()

    def _hear(self, entry: _Entry, question: _Question) -> None:
        if not question.is_over():
            return
        entry.asking = None
        if question.knows:
            entry.learn(question.answer, question.pid)
            self._judge(entry)

    def _judge(self, entry: _Entry) -> None:
        hangs = entry.looks >= _KEPT_WAITING or entry.unanswered >= _UNANSWERED
        if hangs and all(e.is_stuck for e in self._entries if self._works_with(e, entry)):
            log.warning("connection.hung", answered=entry.unanswered == 0)
            entry.break_off()
            entry.forget()

    def _works_with(self, other: _Entry, entry: _Entry) -> bool:
        return other.waiting_since_s is not None and other.group == entry.group


WATCH = _Watch()
"""The one of this process."""
