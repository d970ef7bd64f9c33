"""Stops a worker at one place of one act, until it is told to go on: the place of a test's fault.

The worker waits there as it would work: it beats, and its connections and transactions stay open.
What then happens to it, its servers or its network is up to the test.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from liftlock.domain.progress import Progress, Tell
from liftlock.domain.statuses import MoveKind
from liftlock.workflows.run import Report, Run, Steps, Work

EVERY_ACT = "*"


class Effect(StrEnum):
    """What happens at the place of a strike."""

    WAIT = "wait"
    BREAK = "break"
    BREAK_UNDO_TOO = "break undo too"


class Fault(Exception):
    """What breaks: a bug, a cable, a full disk."""


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
    effect: Effect = Effect.WAIT
    undo_twice: bool = False

    @classmethod
    def read(cls, given: dict[str, str]) -> Self:
        """Return the strike that another process wrote as JSON."""
        return cls(
            act=given["act"],
            folder=given["folder"],
            said=given["said"],
            nth=int(given["nth"]),
            effect=Effect(given["effect"]),
            undo_twice=bool(given["undo_twice"]),
        )

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
        if self.effect is not Effect.WAIT:
            raise Fault
        while not self._path("go").exists():
            time.sleep(0.005)

    def mend(self) -> None:
        """Let the undo come to its end from now on."""
        self._path("mended").touch()

    def break_undo(self) -> None:
        if not self._path("mended").exists():
            raise Fault

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
        if strike.act in {act, EVERY_ACT}:
            return _waiting(strike, act, work)
        if act == f"undo {strike.act}" and strike.effect is Effect.BREAK_UNDO_TOO:
            return _breaking(strike, work)
        return _twice(work) if act.startswith("undo") and strike.undo_twice else work

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


def _twice(work: Work) -> Work:
    def twice(run: Run) -> Report:
        _ = work(run)
        return work(run)

    return twice


def _breaking(strike: Strike, work: Work) -> Work:
    def breaking(run: Run) -> Report:
        report = work(run)
        strike.break_undo()
        return report

    return breaking
