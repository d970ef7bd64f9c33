"""One execution of one act: takes the fence, tells how far it is, hears the stop, tries again.

A worker may die in the middle, or be paused and come back after another took over. So each try
first takes the target's fencing number, in one transaction with the question whether this execution
still owns the move, and ends what older executions have left on the servers. From then on every
word to the books holds that number. Whoever has lost it asks again: who owns the move still takes
another number and repeats its work, since books that were put back to an earlier state (a standby
took over) have forgotten the number; anybody else stops without a trace.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from liftlock import clock
from liftlock.books import Books, BooksUnavailable, Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.fences import NoLongerOwner
from liftlock.domain.moves import MoveId
from liftlock.domain.progress import Progress
from liftlock.domain.steps import StepState
from liftlock.environments import gates, sessions
from liftlock.environments.parts import Errand, Parts
from liftlock.environments.servers import ServerUnreachable
from liftlock.modules.stores import ModuleStore
from liftlock.services import fences, restore_points, runs, steps
from liftlock.telemetry import log
from liftlock.workflows import breaking, engine
from liftlock.workflows.breaking import Stopped
from liftlock.workflows.run import Act, Broke, Done, Gone, Kept, Report, Run

T = TypeVar("T")


class Interrupted(BaseException):
    """This execution must not go on: another owns the move, or this worker leaves.

    Not an `Exception`, so that nobody takes it for a step that broke.
    """


class NumberLost(BaseException):
    """The books do not know the number of this try any more; no broken step either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often an act is tried, and how long the pauses between grow."""

    tries: int = 6
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0

    def pause_s(self, tried: int) -> float:
        """Return how long to wait after so many tries."""
        if tried == 0:
            return 0
        return min(self.first_pause_s * 2 ** (tried - 1), self.longest_pause_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a worker works with."""

    books: Books
    store: ModuleStore
    leaving: threading.Event
    """Set when this worker is asked to end."""
    patience: Patience = Patience()
    tell_every_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An act of a move, and the fencing number with which one try of it speaks to the books."""

    move: MoveId
    target: EnvironmentId
    act: Act
    number: int


class Telling:
    """Takes progress to the books, a second apart at most, and raises when the work should stop.

    A last word goes there at once. Several threads of one step may call it.
    """

    def __init__(self, resources: Resources, held: Held) -> None:
        self._resources = resources
        self._held = held
        self._lock = threading.Lock()
        self._told_s = float("-inf")
        self._stop_asked = False

    def __call__(self, progress: Progress, /) -> None:
        """Tell. Raises: Stopped, Interrupted, NumberLost."""
        with self._lock:
            if self._resources.leaving.is_set():
                raise Interrupted
            if progress.last_word or self._is_time():
                self._told_s = clock.monotonic_s()
                self._tell(progress)
            if self._stop_asked and self._held.act.stoppable:
                raise Stopped

    def _is_time(self) -> bool:
        return clock.monotonic_s() - self._told_s >= self._resources.tell_every_s

    def _tell(self, progress: Progress) -> None:
        move = self._held.move

        def tell(tx: Transaction) -> bool:
            _require_held(tx, self._held)
            steps.tell(tx, move, self._held.act.name, progress)
            return runs.stop_asked(tx, move)

        self._stop_asked = asked(self._resources, tell)


def carry_out_act(resources: Resources, move: MoveId, act: Act) -> Done | Broke:
    """Carry out one act for the workflow that runs in this thread; try again what may pass.

    Raises:
        Interrupted: another execution owns the move, or this worker leaves.
    """
    if resources.leaving.is_set():
        raise Interrupted
    for tried in range(1, resources.patience.tries):
        outcome = _try_owned(resources, move, act, tried)
        if isinstance(outcome, Done) or not outcome.may_pass:
            return outcome
        log.warning("step.broke", move=move, act=act.name, tries=tried, said=outcome.said)
    return _try_owned(resources, move, act, resources.patience.tries)


def asked(resources: Resources, work: Callable[[Transaction], T]) -> T:
    """Speak to the books, however long they are away; lose the move, and stop without a trace.

    Raises:
        Interrupted: this worker leaves, or has closed them.
        NumberLost: `work` holds a number that it has lost.
    """
    while True:
        try:
            return resources.books.retrying(work)
        except NoLongerOwner:
            raise NumberLost from None
        except BooksUnavailable:
            if resources.leaving.is_set() or resources.books.closed:
                raise Interrupted from None
            log.error("books.still_away")


def _try_owned(resources: Resources, move: MoveId, act: Act, tried: int) -> Done | Broke:
    """Try, and again with another number where one was lost, for as long as the move is ours."""
    while True:
        try:
            return _try(resources, move, act, tried)
        except NumberLost:
            log.warning("move.number_lost", move=move, act=act.name)


def _try(resources: Resources, move: MoveId, act: Act, tried: int) -> Done | Broke:
    held = _held(resources, move, act)
    tell = Telling(resources, held)
    try:
        run = asked(resources, partial(_load, held=held, resources=resources, tell=tell))
        _fence_off_older(run)
        _pause(resources.patience.pause_s(tried - 1), tell)
        report = act.work(run)
    except NoLongerOwner:
        raise NumberLost from None
    except Exception as error:  # noqa: BLE001  the one place where any breakage becomes an outcome
        broken = _counted(breaking.broke(error, act), tried)
        asked(resources, partial(_note_broken, held=held, broken=broken))
        return broken
    asked(resources, partial(_note_done, held=held, report=report))
    return Done(said=report.said)


def _fence_off_older(run: Run) -> None:
    """Take from older executions what they can still change things by: sessions, and the gate."""
    _end_older(run.target)
    _ = sessions.end_older(run.source)
    gates.close_older(run.target)


def _end_older(target: Parts) -> None:
    """A server that is kept whole may stand still; who starts it again ends them then."""
    try:
        _ = sessions.end_older(target)
    except ServerUnreachable:
        if target.runtime.restore_point is None:
            raise


def _counted(broken: Broke, tried: int) -> Broke:
    """Say how often it was tried, too."""
    said = broken.said if tried == 1 else f"{broken.said} It was tried {tried} times."
    return replace(broken, said=said, tries=tried)


def _held(resources: Resources, move: MoveId, act: Act) -> Held:
    try:
        return asked(resources, partial(_take, move=move, act=act))
    except NumberLost:
        raise Interrupted from None


def _take(tx: Transaction, *, move: MoveId, act: Act) -> Held:
    """Take the fence, and say that the act begins."""
    target = runs.load(tx, move).target
    number = fences.take(tx, target, move, owns=engine.owns)
    steps.begin(tx, move, act.name)
    if act.new_attempt:
        _ = runs.begin_attempt(tx, move)
    return Held(move=move, target=target, act=act, number=number)


def _load(tx: Transaction, *, held: Held, resources: Resources, tell: Telling) -> Run:
    facts = runs.facts(tx, held.move, held.number)
    behind = tx.now - clock.now()
    errand = Errand(move=held.move, attempt=facts.move.attempt, clock_behind=behind)
    return Run(
        installation=facts.installation,
        move=held.move,
        attempt=facts.move.attempt,
        scope=facts.move.content.scope,
        packages=facts.move.content.packages,
        source=replace(facts.source, errand=errand),
        target=replace(facts.target, errand=errand),
        data_policy=facts.data_policy,
        policies=facts.policies,
        undoes=facts.undoes,
        key=facts.key,
        store=resources.store,
        reports=steps.facts_of(tx, held.move),
        tell=tell,
    )


def _note_done(tx: Transaction, *, held: Held, report: Report) -> None:
    _require_held(tx, held)
    steps.end(tx, held.move, held.act.name, StepState.DONE, said=report.said, facts=report.facts)
    match report.restore_point:
        case Kept(size_bytes=size):
            restore_points.record(tx, held.move, size)
        case Gone():
            restore_points.gone(tx, held.move)
        case None:
            pass


def _note_broken(tx: Transaction, *, held: Held, broken: Broke) -> None:
    _require_held(tx, held)
    steps.end(tx, held.move, held.act.name, StepState.BROKEN, said=broken.said, facts={})


def _require_held(tx: Transaction, held: Held) -> None:
    fences.require_held(tx, held.target, held.move, held.number)


def _pause(seconds: float, tell: Telling) -> None:
    """Wait before another try, and hear a stop meanwhile."""
    until_s = clock.monotonic_s() + seconds
    while (left_s := until_s - clock.monotonic_s()) > 0:
        tell(Progress(said=f"trying again in {left_s:.0f} s"))
        clock.sleep_s(min(left_s, 0.2))
