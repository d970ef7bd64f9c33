"""Stops a worker at one place of one act, until it is told to go on: the place of a test's fault.

The worker waits there as it would work: it beats, and its connections and transactions stay open.
What then happens to it, its servers or its network is up to the test.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from liftlock.domain.progress import Progress, Tell
from liftlock.domain.statuses import MoveKind
from liftlock.workflows.run import Report, Run, Steps, Work

EVERY_ACT = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A place: in this act, right after the nth word to the books that begins so.

    Where an act says less, the place is the end of its work. For every act, nothing is stopped and
    what is said is written down.
    """

    act: str
    folder: str
    said: str = ""
    nth: int = 1

    @property
    def reached(self) -> bool:
        return self._path("reached").exists()

    def go_on(self) -> None:
        self._path("go").touch()

    def stop(self) -> None:
        """Wait here, once."""
        if self.reached:
            return
        self._path("reached").touch()
        while not self._path("go").exists():
            time.sleep(0.005)

    def heard(self, act: str, progress: Progress) -> None:
        with self._path("said").open("a") as file:
            _ = file.write(f"{act}\t{progress.said}\n")

    def said_in(self, act: str) -> list[str]:
        """Return what this act has said."""
        lines = self._path("said").read_text().splitlines()
        return [said for name, _, said in (line.partition("\t") for line in lines) if name == act]

    def _path(self, what: str) -> Path:
        return Path(self.folder, f"strike-{what}")


@dataclass(slots=True)
class _Striking:
    """A `tell` that stops at the place."""

    strike: Strike
    act: str
    tell: Tell
    heard: int = 0

    def __call__(self, progress: Progress, /) -> None:
        self.tell(progress)
        if self.strike.act == EVERY_ACT:
            self.strike.heard(self.act, progress)
        elif progress.said.startswith(self.strike.said):
            self.heard += 1
            if self.heard == self.strike.nth:
                self.strike.stop()


def struck(tables: Mapping[MoveKind, Steps], strike: Strike) -> Mapping[MoveKind, Steps]:
    """Return the same tables of steps with the place of this strike in them."""
    return {kind: _struck(steps, strike) for kind, steps in tables.items()}


def _struck(steps: Steps, strike: Strike) -> Steps:
    def wrapped(act: str, work: Work) -> Work:
        return work if strike.act not in {act, EVERY_ACT} else _waiting(strike, act, work)

    return replace(
        steps,
        until_opened=tuple(
            replace(s, do=wrapped(s.name, s.do), undo=wrapped(f"undo {s.name}", s.undo))
            for s in steps.until_opened
        ),
        then=tuple(
            replace(s, do=wrapped(s.name, s.do), undo=wrapped(f"undo {s.name}", s.undo))
            for s in steps.then
        ),
    )


def _waiting(strike: Strike, act: str, work: Work) -> Work:
    def waiting(run: Run) -> Report:
        report = work(replace(run, tell=_Striking(strike, act, run.tell)))
        if strike.act != EVERY_ACT:
            strike.stop()
        return report

    return waiting
