"""Thirty moves under kills, restarts, pauses and stops, and what must be true afterwards."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from compare import Picture
from eventually import eventually
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Installed
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.statuses import MoveKind, State
from liftlock.errors import LiftlockError
from liftlock.modules import installing, packing, readback
from liftlock.services import moves, packages
from liftlock.workflows import engine
from liftlock.workflows.registry import TABLES
from postgres import Server
from sample_modules import a_module
from strays import strays
from town import Town, WorkerProcess

KILLS, RESTARTS, PAUSES, STOPS = "kills", "restarts", "pauses", "stops"
LEAST = {KILLS: 10, RESTARTS: 3, PAUSES: 3, STOPS: 3}
MODULE = "[[migrations]]\ndatabase = 'systemdb'\nfile = '1.sql'\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an environment must be: what the last move left there, and whether that was right."""

    picture: Picture
    because: str
    right: bool = True


@dataclass(slots=True, kw_only=True)
class Soak:
    """One soak of one town."""

    town: Town
    books: Server
    folder: Path
    seed: int
    moves_wanted: int = 30
    counted: Counter[str] = field(default_factory=Counter[str])
    expected: dict[Kind, Expected] = field(default_factory=dict[Kind, Expected])
    befores: dict[MoveId, Picture] = field(default_factory=dict[MoveId, Picture])
    """What the target of each completed move was before it."""
    half_done: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])

    def run(self) -> Mapping[str, int]:
        """Carry the moves out, let things happen to them, and count what is wrong."""
        begun_s = time.monotonic()
        chance = random.Random(self.seed)  # noqa: S311
        for kind in Kind:
            self.expected[kind] = Expected(picture=self.town.picture(kind), because="the beginning")
        for _ in range(2):
            _ = self.town.start_work()
        for number, event in enumerate(self._events(chance), start=1):
            self._one(number, event, chance)
        # One that has just begun cannot be asked to end yet: it dies of the signal.
        eventually(self._all_are_at_work, 30)
        self.town.end_workers()
        self.half_done += half_done(self.town, self.expected)
        places = [self.town.place(kind) for kind in Kind]
        self.town.acme.books.close()
        found = strays(places, self.books, self.town.folder).all
        self.said += [*self.half_done, *found]
        return {
            "moves": self.moves_wanted,
            **{name: self.counted[name] for name in LEAST},
            "half_done": len(self.half_done),
            "strays": len(found),
            "seconds": round(time.monotonic() - begun_s),
        }

    def _all_are_at_work(self) -> bool:
        running = {w.process.pid for w in self.town.started if w.process.poll() is None}
        return running <= self.town.listed()

    def _events(self, chance: random.Random) -> list[str]:
        events = [name for name, least in LEAST.items() for _ in range(least)]
        more = [chance.choice([KILLS, ""]) for _ in range(self.moves_wanted - len(events))]
        events += more
        chance.shuffle(events)
        return events

    def _one(self, number: int, event: str, chance: random.Random) -> None:
        kind, move_id = self._scheduled(number, chance)
        target = self.town.target(kind)
        before = self.expected[target].picture
        eventually(lambda: self.town.move(move_id).state is not State.VALIDATED, 60)
        time.sleep(chance.uniform(0, 3))
        self._happen(event, move_id, chance)
        ended = self.town.await_end(move_id)
        said = f"{number}: {kind} {move_id}, {event or 'nothing'}: {ended.state} {ended.cause_said}"
        self.said.append(said)
        self._look(ended, target, before)

    def _scheduled(self, number: int, chance: random.Random) -> tuple[MoveKind, MoveId]:
        """Schedule a move of any kind that can be, and make one possible where none can."""
        kinds = [k for k in TABLES if k is not MoveKind.UNDO or self.town.completed]
        chance.shuffle(kinds)
        for kind in (*kinds, MoveKind.DOWN_ALIGN):
            try:
                if kind is MoveKind.MOVE_TO_STAGING:
                    self._publish(number)
                return kind, self.town.schedule(kind)
            except LiftlockError as refusal:
                self.said.append(f"{number}: {kind} refused: {refusal.code}")
        raise AssertionError(self.said)

    def _publish(self, number: int) -> None:
        """Install a new module into Development, so that there is something to move."""
        acme, code = self.town.acme, f"acme.soak{number}"
        source = self.folder / code
        source.mkdir()
        files = {"1.sql": f"CREATE SEQUENCE soaked_{number} START {number}"}
        built = packing.build(a_module(source, MODULE, files, code=code), acme.store)
        with acme.books.transaction() as tx:
            content = acme.store.read(built.digest)
            _ = packages.push(tx, acme.pat, acme.organisation.id, content)
        parts = acme.parts[Kind.DEVELOPMENT]
        _ = installing.install(parts, [built.digest], acme.store, lambda _progress, /: None)
        self.expected[Kind.DEVELOPMENT] = Expected(
            picture=self.town.picture(Kind.DEVELOPMENT), because=f"{code} was installed"
        )

    def _happen(self, event: str, move_id: MoveId, chance: random.Random) -> None:
        does: dict[str, Callable[[], bool]] = {
            KILLS: self._kill,
            RESTARTS: lambda: self._restart(chance),
            PAUSES: lambda: self._pause(chance),
            STOPS: lambda: self._stop(move_id),
        }
        if event and does[event]():
            self.counted[event] += 1

    def _kill(self) -> bool:
        self._at_work().kill()
        _ = self.town.start_work()
        return True

    def _restart(self, chance: random.Random) -> bool:
        server = chance.choice([self.books, *self.town.servers.values()])
        server.embedded.stop(immediately=True)
        server.embedded.start()
        return True

    def _pause(self, chance: random.Random) -> bool:
        paused = self._at_work().process
        paused.send_signal(signal.SIGSTOP)
        time.sleep(chance.uniform(1.5, 4))
        paused.send_signal(signal.SIGCONT)
        return True

    def _stop(self, move_id: MoveId) -> bool:
        try:
            with self.town.acme.books.transaction() as tx:
                _ = moves.stop(tx, self.town.acme.dora, move_id)
        except LiftlockError as refusal:
            self.said.append(f"stop of {move_id} came too late: {refusal.code}")
        return True

    def _at_work(self) -> WorkerProcess:
        """Return the worker that carries the move out, or any."""
        with self.town.acme.books.transaction() as tx:
            executors = engine.executors_at_work(tx)
        living = [w for w in self.town.started if w.process.poll() is None]
        pids = {int(name.split("-")[-2]) for name in executors}
        return next((w for w in living if w.process.pid in pids), living[-1])

    def _look(self, ended: Move, target: Kind, before: Picture) -> None:
        """Hold the target against what the move promises, and remember what it is."""
        if ended.state is State.ERRORED:
            self.town.put_back_again(ended.id)
        picture = self.town.picture(target)
        kept = Expected(picture=picture, because=f"{ended.kind} {ended.id} {ended.state}")
        if ended.state is State.COMPLETED:
            right = self._is_promised(ended, target)
            self.befores[ended.id] = before
            self.town.completed.append(ended.id)
        else:
            right = picture == before
        self.expected[target] = replace(kept, right=right)
        if not right:
            self.half_done.append(f"{target} after {kept.because}")

    def _is_promised(self, ended: Move, target: Kind) -> bool:
        """Whether the modules are those of the move, and Production's tables came down whole."""
        have = set(readback.installed(self.town.acme.parts[target]))
        production = set(readback.installed(self.town.acme.parts[Kind.PRODUCTION]))
        carried = set[Installed](ended.content.packages)
        match ended.kind:
            case MoveKind.UNDO:
                undoing = ended.content.undoing
                was = self.befores[MoveId(undoing.move)] if undoing else None
                return self.town.picture(target) == was
            case MoveKind.DOWN_ALIGN:
                return have == production and self._same_rows(target)
            case MoveKind.MOVE_TO_STAGING:
                return have == production | carried and self._same_rows(target)
            case MoveKind.MOVE_TO_PRODUCTION:
                return carried <= have

    def _same_rows(self, target: Kind) -> bool:
        there, here = (self.town.picture(k).rows for k in (Kind.PRODUCTION, target))
        names = [name for name in there if ".liftlock." not in name]
        return all(len(there[name]) == len(here.get(name, ())) for name in names)


def half_done(town: Town, expected: Mapping[Kind, Expected]) -> list[str]:
    """Return the environments that are not what their last move left, or are closed."""
    found = {kind: town.picture(kind) for kind in expected}
    return [
        f"{kind} is not as {known.because} left it"
        for kind, known in expected.items()
        if found[kind] != known.picture or not town.is_open(kind)
    ]
