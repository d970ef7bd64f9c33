"""Every step of every move under every fault: `make faults`.

It is no test of `make test` and is not collected as one. Real workers in processes of their own
carry real moves out; the fault happens in the middle of what a step does, with its transactions
open. Afterwards the target is as before, or as a move that nothing disturbed left it, and nothing
is left over.
"""

import json
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from compare import Picture
from eventually import eventually
from faults import CLOSED_LONGER, FILLED_BY, TOOK_OVER, Case, Fault, cases
from full_disk import filled
from liftlock.domain.environments import Kind
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.steps import StepState
from liftlock.modules import readback
from liftlock.store import fences
from liftlock.workflows.registry import TABLES
from network import Network
from postgres import Server
from strays import strays
from striking import EVERY_ACT, Effect, Strike
from town import Town, WorkerProcess

pytestmark = pytest.mark.usefixtures("servers")  # first, so that they are stopped last
CASES = [
    pytest.param(case, id=case.name, marks=[pytest.mark.skip(reason=why)] if why else [])
    for case, why in cases()
]
EARLY = {Fault.DISK_FULL}
BETWEEN = {Fault.CUT, Fault.HANGS, Fault.TARGET_RESTARTED}
EFFECTS = {
    Fault.BREAKS: Effect.BREAK,
    Fault.UNDO_TWICE: Effect.BREAK,
    Fault.UNDO_BREAKS: Effect.BREAK_UNDO_TOO,
}
LIVES = 8.0
"""For how many seconds everything hangs at most, before only what there is does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a move of some kind says, how long it closes its target, and what it leaves there."""

    said: dict[str, list[str]]
    closed_s: float
    promise: dict[str, list[str]]

    def place(self, case: Case) -> str:
        """Return what the step says at the place of a fault."""
        said = list(dict.fromkeys(self.said.get(case.step, [])))
        if not said:
            return ""
        if case.fault in EARLY:
            return said[0]
        return said[len(said) // 2] if case.fault in BETWEEN else said[-1]


@pytest.fixture
def shared(testrun_uid: str) -> Path:
    """A folder of this run, whatever process carries the case out."""
    folder = Path(tempfile.gettempdir(), f"liftlock-faults-{testrun_uid}")
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("kind", TABLES, ids=str)
def test_undisturbed(town: Town, kind: MoveKind, shared: Path) -> None:
    town.prepare(kind)
    strike = Strike(act=EVERY_ACT, folder=str(town.folder))
    move_id = town.schedule(kind)
    worker = town.start_worker(strike)
    ended = town.await_end(move_id)
    assert ended.state is State.COMPLETED, ended.cause_said
    assert worker.ask_to_end() == 0
    target = town.target(kind)
    found = {
        "said": {name: strike.said_in(name) for name in TABLES[kind].names},
        "closed_s": town.closed_s(target),
        "promise": promised(town, target),
    }
    written = shared / f"{kind}.part"
    _ = written.write_text(json.dumps(found))
    _ = written.rename(shared / f"{kind}.json")


@pytest.mark.parametrize("case", CASES)
def test_fault(
    trial: "Trial", rehearsed: Rehearsed, record_property: Callable[[str, object], None]
) -> None:
    trial.run()
    trial.judge(rehearsed)
    if trial.filled_by is not None:
        record_property(FILLED_BY, trial.filled_by)
    if trial.took_over_s is not None:
        record_property(TOOK_OVER, trial.took_over_s)
        longer_s = trial.town.closed_s(trial.target) - rehearsed.closed_s
        record_property(CLOSED_LONGER, longer_s)


@pytest.fixture
def rehearsed(case: Case, shared: Path) -> Rehearsed:
    known = shared / f"{case.kind}.json"
    eventually(known.exists, 600)
    return Rehearsed(**json.loads(known.read_text()))


@pytest.fixture
def trial(
    case: Case, town: Town, books_server: Server, network: Network, rehearsed: Rehearsed
) -> "Trial":
    town.prepare(case.kind)
    return Trial(
        case=case,
        town=town,
        books=books_server,
        network=network,
        target=town.target(case.kind),
        strike=Strike(
            act=case.step,
            folder=str(town.folder),
            said=rehearsed.place(case),
            effect=EFFECTS.get(case.fault, Effect.WAIT),
            undo_twice=case.fault is Fault.UNDO_TWICE,
        ),
    )


@dataclass(slots=True, kw_only=True)
class Trial:
    """One move under one fault."""

    case: Case
    town: Town
    books: Server
    network: Network
    target: Kind
    strike: Strike
    before: Picture | None = None
    ended: Move | None = None
    took_over_s: float | None = None
    filled_by: str | None = None
    """How a disk was full: really, or by a limit on file size."""

    def run(self) -> None:
        """Carry the move out, and let the fault happen in it."""
        if self.case.fault in {Fault.CUT, Fault.HANGS}:
            self.town.put_behind(self.network, self.target)
        self.before = self.town.picture(self.target)
        move_id = self.town.schedule(self.case.kind)
        worker = self.town.start_worker(self.strike)
        self.town.await_strike(self.strike)
        self._let_it_happen(worker, move_id)
        self.strike.go_on()
        self.ended = self.town.await_end(move_id)
        if self.ended.state is State.ERRORED:
            self._ask_a_person(move_id)
        self.town.end_workers()

    def _let_it_happen(self, worker: WorkerProcess, move_id: MoveId) -> None:
        match self.case.fault:
            case Fault.KILLED:
                self._kill(worker)
            case Fault.PAUSED:
                self._pause(worker, move_id)
            case Fault.BOOKS_RESTARTED:
                restart(self.books)
            case Fault.TARGET_RESTARTED:
                restart(self.town.servers[self.target])
            case Fault.CUT:
                self.network.cut()
            case Fault.HANGS:
                self._hang(worker, move_id)
            case Fault.DISK_FULL:
                self._fill(move_id)
            case Fault.BREAKS | Fault.UNDO_TWICE | Fault.UNDO_BREAKS:
                pass

    def judge(self, rehearsed: Rehearsed) -> None:
        """Look whether the target is as before or as promised, open, with nothing left over."""
        assert self.ended is not None
        if self.ended.state is State.COMPLETED:
            assert promised(self.town, self.target) == rehearsed.promise
        else:
            assert self.town.picture(self.target) == self.before, self.ended.cause_said
        assert self.town.is_open(self.target)
        places = [self.town.place(kind) for kind in Kind]
        assert strays(places, None, self.town.folder).all == []

    def _kill(self, worker: WorkerProcess) -> None:
        _ = self.town.start_worker()
        eventually(lambda: self.town.workers() == 2, 180)
        number, killed_s = self._number(), time.monotonic()
        worker.kill()
        eventually(lambda: self._number() > number, 180)
        self.took_over_s = time.monotonic() - killed_s

    def _pause(self, worker: WorkerProcess, move_id: MoveId) -> None:
        worker.process.send_signal(signal.SIGSTOP)
        self.strike.go_on()
        _ = self.town.start_worker()
        try:
            _ = self.town.await_end(move_id)
        finally:
            worker.process.send_signal(signal.SIGCONT)
        eventually(lambda: self.town.workers() == 2, 180)

    def _hang(self, worker: WorkerProcess, move_id: MoveId) -> None:
        self.network.hang()
        self.strike.go_on()
        until_s = time.monotonic() + LIVES
        eventually(
            lambda: (
                b"connection.hung" in worker.log.read_bytes()
                or self.town.step_states(move_id).get(self.case.step) is not StepState.RUNNING
                or time.monotonic() > until_s
            ),
            60,
        )
        self.network.hang_present_ones()
        self.network.pass_on()

    def _fill(self, move_id: MoveId) -> None:
        server = self.town.servers[self.target]
        with filled(server) as self.filled_by:
            self.strike.go_on()
            _ = self.town.await_end(move_id)
        server.embedded.start()

    def _ask_a_person(self, move_id: MoveId) -> None:
        assert self.case.may_ask_a_person, self.ended
        self.strike.mend()
        self.town.put_back_again(move_id)

    def _number(self) -> int:
        with self.town.acme.books.transaction() as tx:
            return fences.present(tx, self.town.environment(self.target).id)


def restart(server: Server) -> None:
    server.embedded.stop(immediately=True)
    server.embedded.start()


def promised(town: Town, kind: Kind) -> dict[str, list[str]]:
    """Return what a move leaves in its target, as far as it is the same wherever it is done."""
    picture = town.picture(kind)
    rows = {name: kept for name, kept in picture.rows.items() if ".liftlock." not in name}
    modules = readback.installed(town.acme.parts[kind])
    return {
        **rows,
        "files": [f"{path} {digest}" for path, digest in sorted(picture.files.items())],
        "modules": [f"{m.code} {m.version} {m.digest}" for m in modules],
    }
