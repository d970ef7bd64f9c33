"""Clients of the applications: each asks for a page every few milliseconds.

Each measures for how long it was turned away.
"""

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from typing import Self

from liftlock import clock

PAGE = "/customers/C-000001"
_EVERY_S = 0.02
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """One stretch of time in which no request was served, and what was answered instead."""

    ms: int
    refusals: int
    answers: frozenset[str]
    """HTTP statuses, or the names of errors where nothing answered."""


class Probe:
    """A client of one application; use it as a context manager."""

    def __init__(self, port: int, page: str = PAGE) -> None:
        self._port = port
        self._page = page
        self._stop = Event()
        self._thread = Thread(target=self._ask_until_stopped, name=f"probe {port}", daemon=True)
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        self.served = 0
        self.turned_away: list[TurnedAway] = []
        """Every stretch that has ended, from the last page served before it to the next one."""

    @property
    def downtime_ms(self) -> int:
        """Return how long it was turned away, all in all."""
        return sum(stretch.ms for stretch in self.turned_away)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _ask_until_stopped(self) -> None:
        served_at = clock.monotonic_s()
        refused: list[str] = []
        while not self._stop.wait(_EVERY_S):
            answer = self._ask()
            if answer != "200":
                refused.append(answer)
                continue
            now = clock.monotonic_s()
            if refused:
                self._note(now - served_at, refused)
                refused = []
            served_at = now
            self.served += 1

    def _note(self, seconds: float, refused: list[str]) -> None:
        stretch = TurnedAway(
            ms=round(seconds * 1000), refusals=len(refused), answers=frozenset(refused)
        )
        self.turned_away.append(stretch)

    def _ask(self) -> str:
        try:
            self._connection.request("GET", self._page)
            answer = self._connection.getresponse()
            _ = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            return type(error).__name__
        return str(answer.status)
