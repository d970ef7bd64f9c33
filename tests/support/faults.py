"""Every fault at every step of every move: the pairs, and why some of them cannot occur."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from liftlock.domain.statuses import MoveKind
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import Forward, Step, nothing

TOOK_OVER, CLOSED_LONGER = "took_over_s", "closed_longer_s"
"""What cases measure, by the names under which they record it."""
FILLED_BY = "filled_by"
"""The name under which a case says how its disk was full."""
SOAK = "soak"
"""The name under which a soak records its counts."""


class Fault(StrEnum):
    """What happens in the middle of a step."""

    BREAKS = "breaks"
    UNDO_TWICE = "its undo runs twice"
    UNDO_BREAKS = "its undo breaks"
    KILLED = "worker killed"
    PAUSED = "worker paused past its death"
    BOOKS_RESTARTED = "server of the books restarted"
    TARGET_RESTARTED = "server of the target restarted"
    CUT = "connections to the target cut"
    HANGS = "connections to the target hang"
    DISK_FULL = "disk of the target's server full"


_MAY_ASK = {Fault.UNDO_BREAKS, Fault.DISK_FULL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault in one step of one move."""

    kind: MoveKind
    step: str
    fault: Fault

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.step}, {self.fault}"

    @property
    def may_ask_a_person(self) -> bool:
        """Say whether the target may be closed afterwards until a person says *Put back again*."""
        opened = self.step in {step.name for step in TABLES[self.kind].then}
        return self.fault in _MAY_ASK or (opened and self.fault is Fault.BREAKS)


def cases() -> Iterator[tuple[Case, str | None]]:
    """Yield each pair, and why it cannot occur."""
    for kind, steps in TABLES.items():
        for step in (*steps.until_opened, *steps.then):
            for fault in Fault:
                yield Case(kind=kind, step=step.name, fault=fault), _why_not(step, fault)


def _why_not(step: Step | Forward, fault: Fault) -> str | None:
    if fault not in {Fault.UNDO_TWICE, Fault.UNDO_BREAKS}:
        return None
    if isinstance(step, Forward):
        return "past the point of no return nothing is taken back by itself"
    if step.undo is nothing and fault is Fault.UNDO_BREAKS:
        return "its undo does nothing: an earlier step's takes away what it made"
    return None
