"""Acme with applications that can be made to wait, and workers in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest

import worker_process
from acme_books import Acme, registration
from commands import variables_of
from compare import Picture, picture
from eventually import eventually
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.moves import TARGET, Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.steps import StepState
from liftlock.services import (
    environments,
    moves,
    policies,
    proposals,
    restore_points,
    steps,
    undos,
    workers,
)
from liftlock.services.proposals import (
    DownAlignWish,
    MoveToProductionWish,
    MoveToStagingWish,
)
from liftlock.services.slots import Soon
from liftlock.services.undos import UndoWish
from liftlock.workflows import engine
from network import Network
from postgres import Server
from small_moves import an_application
from strays import Place
from striking import Strike

FILES_POLICY = 'repository = "files"\n\n[[paths]]\nglob = "**"\nhandling = "keep"\n'


@dataclass(slots=True, kw_only=True)
class WorkerProcess:
    """One running worker, which can be killed."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        _ = self.process.wait()

    def ask_to_end(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Acme, where applications can be made to wait, and workers come and go."""

    acme: Acme
    key: Path
    folder: Path
    servers: dict[Kind, Server]
    stack: ExitStack
    completed: list[MoveId] = field(default_factory=list[MoveId])
    """Moves that an Undo could take back, as far as somebody has noted them here."""
    started: list[WorkerProcess] = field(default_factory=list[WorkerProcess])

    def state_file(self, kind: Kind) -> Path:
        return self.folder / f"{kind}.state"

    def hold(self, kind: Kind, what: str) -> Path:
        """Make an environment's application wait whenever it is told to do this."""
        path = Path(f"{self.state_file(kind)}.hold-{what}")
        path.touch()
        return path

    def fail(self, kind: Kind, what: str) -> Path:
        """Make an environment's application fail whenever it is told to do this."""
        path = Path(f"{self.state_file(kind)}.fail-{what}")
        path.touch()
        return path

    def start_worker(self, strike: Strike | None = None, ahead_s: float = 0) -> WorkerProcess:
        """Start a worker; one with a strike stops at its place until it is told to go on.

        `ahead_s`: how fast its machine's clock is.
        """
        given = [
            self.acme.url.get_secret_value(),
            str(self.key),
            str(self.acme.store.root),
            ahead_s,
            *([asdict(strike)] if strike else []),
        ]
        path = os.pathsep.join([*sys.path, str(Path(worker_process.__file__).parent)])
        return self._started(
            [sys.executable, "-W", "error", worker_process.__file__, json.dumps(given)],
            {**os.environ, "PYTHONPATH": path},
        )

    def _started(self, argv: Sequence[str], variables: Mapping[str, str]) -> WorkerProcess:
        log = self.folder / f"worker-{len(self.started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(argv, env=variables, stdout=output, stderr=subprocess.STDOUT)
        _ = self.stack.callback(process.wait)
        _ = self.stack.callback(process.kill)
        worker = WorkerProcess(process=process, log=log)
        self.started.append(worker)
        return worker

    def schedule(self, kind: MoveKind) -> MoveId:
        """Book a move as soon as possible, validated by whoever must.

        An Undo takes back what is last in `completed`.
        """
        if kind is MoveKind.UNDO:
            return self.undo(self.completed[-1])
        with self.acme.books.transaction() as tx:
            match kind:
                case MoveKind.MOVE_TO_STAGING:
                    wish = MoveToStagingWish(organisation=self.organisation, when=Soon())
                    move = proposals.schedule_move_to_staging(tx, self.acme.ana, wish)
                case MoveKind.MOVE_TO_PRODUCTION:
                    wish_up = MoveToProductionWish(organisation=self.organisation, when=Soon())
                    move = proposals.schedule_move_to_production(tx, self.acme.ben, wish_up)
                case _:
                    wish_down = DownAlignWish(
                        organisation=self.organisation,
                        when=Soon(),
                        systemdb_and_files=True,
                        data=True,
                    )
                    move = proposals.schedule_down_align(tx, self.acme.ana, wish_down)
        if kind is not MoveKind.DOWN_ALIGN:
            self._validate(move)
        return move.id

    def undo(self, move_id: MoveId, *falls: MoveId) -> MoveId:
        """Book the Undo of a move as soon as possible, validated by another where it must be."""
        wish = UndoWish(move=move_id, when=Soon(), falls=frozenset(falls))
        with self.acme.books.transaction() as tx:
            move = undos.schedule(tx, self.acme.dora, wish)
        if move.state is State.PROPOSED:
            self._validate(move)
        return move.id

    def run_through(self, move_id: MoveId) -> Move:
        """Wait until a move is completed."""
        move = self.await_end(move_id)
        assert move.state is State.COMPLETED, move.cause_said
        return move

    def _validate(self, move: Move) -> None:
        validator = self.acme.ben if move.kind is MoveKind.MOVE_TO_STAGING else self.acme.cem
        with self.acme.books.transaction() as tx:
            seen = moves.review(tx, validator, move.id).seen
            _ = moves.validate(tx, validator, move.id, seen)

    def start_work(self) -> WorkerProcess:
        """Start `liftlock work` as its users do, with a quick heartbeat."""
        variables = variables_of(
            self.folder,
            LIFTLOCK_DATABASE_URL=self.acme.url.get_secret_value(),
            LIFTLOCK_MASTER_KEY_FILE=str(self.key),
            LIFTLOCK_MODULE_STORE=str(self.acme.store.root),
            LIFTLOCK_BEAT_S="0.2",
            LIFTLOCK_DEATH_S="1",
            LIFTLOCK_TICK_S="0.1",
            LIFTLOCK_JANITOR_S="1",
        )
        return self._started([sys.executable, "-m", "liftlock", "work"], variables)

    def prepare(self, kind: MoveKind) -> None:
        """Carry out what a move of this kind needs before it."""
        if kind is MoveKind.MOVE_TO_PRODUCTION:
            self.has_tested()
        if kind is MoveKind.UNDO:
            worker = self.start_worker()
            self.completed.append(self.run_through(self.schedule(MoveKind.DOWN_ALIGN)).id)
            assert worker.ask_to_end() == 0

    def target(self, kind: MoveKind) -> Kind:
        """Return which environment a move of this kind changes here."""
        if kind is not MoveKind.UNDO:
            return TARGET[kind]
        changed = self.move(self.completed[-1]).target
        return next(known for known in Kind if self.environment(known).id == changed)

    def environment(self, kind: Kind) -> Environment:
        acme = self.acme
        every = (acme.development, acme.staging, acme.production)
        return next(known for known in every if known.kind is kind)

    def end_workers(self) -> None:
        """Ask every worker that still runs to end."""
        for worker in self.started:
            if worker.process.poll() is None:
                code = worker.ask_to_end()
                assert code == 0, f"{code}: {worker.log.read_text()}"

    def put_behind(self, network: Network, kind: Kind) -> None:
        """Let workers reach an environment's databases through a bad network."""
        environment = self.environment(kind)
        with self.acme.books.transaction() as tx:
            known = environments.show(tx, self.acme.operator, environment.id)
            databases = tuple(network.through(d) for d in known.databases)
            wanted = replace(known, databases=databases)
            _ = environments.change(tx, self.acme.operator, environment.id, wanted)

    def put_back_again(self, move_id: MoveId) -> None:
        """Let a person ask for it, and wait until it is done."""
        with self.acme.books.transaction() as tx:
            _ = moves.resolve(tx, self.acme.dora, move_id, How.PUT_BACK_AGAIN)
        self.await_resolution(move_id)

    def place(self, kind: Kind) -> Place:
        """Return where to look for strays of an environment."""
        environment = self.environment(kind)
        with self.acme.books.transaction() as tx:
            points = restore_points.list_all(tx, self.acme.dora, environment.id)
        kept = frozenset(int(point.move) for point in points)
        return Place(parts=self.acme.parts[kind], server=self.servers[kind], kept=kept)

    def closed_s(self, kind: Kind) -> float:
        """Return how long an environment was closed, from its first drain to its last opening."""
        lines = Path(f"{self.state_file(kind)}.times").read_text().split("\n")
        told = [line.split() for line in lines if line]
        drained = next(float(at) for what, at in told if what == "drain")
        return max(float(at) for what, at in told if what == "open") - drained

    def has_tested(self) -> None:
        """Carry out the Move to Staging that a Move to Production needs before it."""
        worker = self.start_worker()
        tested = self.await_end(self.schedule(MoveKind.MOVE_TO_STAGING))
        assert tested.state is State.COMPLETED, tested.cause_said
        assert worker.ask_to_end() == 0

    def workers(self) -> int:
        """Return how many workers are on the list."""
        with self.acme.books.transaction() as tx:
            return len(workers.list_all(tx))

    def listed(self) -> set[int]:
        """Return the process ids of the workers on the list."""
        with self.acme.books.transaction() as tx:
            return {int(each.executor_id.split("-")[-2]) for each in workers.list_all(tx)}

    def told(self, kind: Kind) -> list[str]:
        """Return what an environment's application was told so far, but for its health."""
        log = Path(f"{self.state_file(kind)}.log")
        return log.read_text().split() if log.exists() else []

    @property
    def organisation(self) -> OrganisationId:
        return self.acme.organisation.id

    def picture(self, kind: Kind) -> Picture:
        return picture(self.acme.parts[kind], self.servers[kind])

    def is_open(self, kind: Kind) -> bool:
        return self.state_file(kind).read_text().strip() == "open"

    def move(self, move_id: MoveId) -> Move:
        with self.acme.books.transaction() as tx:
            return moves.show(tx, self.acme.dora, move_id).move

    def step_states(self, move_id: MoveId) -> dict[str, StepState]:
        with self.acme.books.transaction() as tx:
            return {s.name: s.state for s in steps.list_all(tx, self.acme.dora, move_id)}

    def await_step(self, move_id: MoveId, name: str) -> None:
        """Wait until a step is being worked at."""
        eventually(lambda: self.step_states(move_id).get(name) is StepState.RUNNING, 60)

    def await_strike(self, strike: Strike) -> None:
        """Wait until a worker has come to its strike's place."""
        eventually(lambda: strike.reached, 180)

    def await_end(self, move_id: MoveId) -> Move:
        """Wait until a move has ended, and return it."""

        def ended() -> Move | None:
            move = self.move(move_id)
            return move if move.ended_at else None

        move = eventually(ended, 240)
        assert move is not None
        return move

    def await_resolution(self, move_id: MoveId) -> None:
        """Wait until an errored move blocks nobody any more."""
        eventually(lambda: self.move(move_id).resolved, 180)


@pytest.fixture
def town(
    own_acme: Acme, master_key_path: Path, tmp_path: Path, servers: dict[Kind, Server]
) -> Generator[Town]:
    acme = own_acme
    engine.migrate(acme.url)
    with ExitStack() as stack:
        made = Town(acme=acme, key=master_key_path, folder=tmp_path, servers=servers, stack=stack)
        known = (acme.development, acme.staging, acme.production)
        with acme.books.transaction() as tx:
            for environment in known:
                state = made.state_file(environment.kind)
                _ = state.write_text("open")
                parts = acme.parts[environment.kind]
                wanted = replace(registration(parts), runtime=an_application(state))
                _ = environments.change(tx, acme.operator, environment.id, wanted)
            version = policies.submit(tx, acme.ana, acme.organisation.id, FILES_POLICY)
            _ = policies.approve(
                tx, acme.cem, acme.organisation.id, version.repository, version.version
            )
        yield made
