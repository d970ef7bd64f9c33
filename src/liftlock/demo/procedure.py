"""The seed's whole procedure, played through the API by Acme's people: up twice, down once."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from liftlock import clock
from liftlock.client import moves, packages, slots
from liftlock.client.connection import Connection, Document, connect
from liftlock.demo import setting_up
from liftlock.demo.control_plane import ControlPlane
from liftlock.demo.narrator import Narrator
from liftlock.demo.setting_up import DIRK, DORA, PIA, SAM, SUE, Actor, Keys
from liftlock.domain.modules import Digest
from liftlock.domain.statuses import MoveKind
from liftlock.errors import Conflict
from liftlock.modules.stores import ModuleStore

SOON = {"soon": True}


class MoveDidNotComplete(Conflict):
    """A move of the demo ended otherwise than it should."""

    code = "demo.move_did_not_complete"
    sentence = "{title} {move} ended as {status}: {cause} {said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A move that completed, and how long it took from its begin to its end."""

    kind: MoveKind
    status: str
    seconds: float


class Procedure:
    """Acme's people at work."""

    def __init__(self, plane: ControlPlane, keys: Keys, narrator: Narrator) -> None:
        self._plane = plane
        self._keys = keys
        self._narrator = narrator

    def decide_what_may_travel(self) -> None:
        """Draft the masking policies and have Production approve them."""
        with self._as(DORA) as api:
            versions = setting_up.submit_policies(api)
        with self._as(PIA) as api:
            setting_up.approve_policies(api, versions)
        self._narrator.say(f"{DORA.name} drafts masking policies, {PIA.name} approves them")

    def publish(self, store: ModuleStore, digests: tuple[Digest, ...]) -> None:
        """Push packages."""
        with self._as(DIRK) as api:
            setting_up.push(api, store, digests)

    def install(self, digests: tuple[Digest, ...]) -> None:
        """Install packages into Development."""
        with self._as(DORA) as api:
            for digest in digests:
                _ = packages.install(api, digest)

    def move_to_staging(self) -> Done:
        """Hold a slot, schedule from Development, validate in Staging, wait for the end."""
        with self._as(DORA) as api:
            _ = slots.hold(api, MoveKind.MOVE_TO_STAGING, at=SOON)
            self._narrator.say(f"All of Development that differs: {_named(moves.offer(api))}")
            proposed = moves.schedule(api, MoveKind.MOVE_TO_STAGING, at=None)
        return self._validated_and_done(proposed, DORA, SAM)

    def move_to_production(self) -> Done:
        """Vouch for the test and schedule from Staging, validate in Production, wait."""
        note = "Customers' pages show points and segments; rows are Production's."
        with self._as(SUE) as api:
            proposed = moves.schedule(api, MoveKind.MOVE_TO_PRODUCTION, at=SOON, tested_note=note)
        return self._validated_and_done(proposed, SUE, PIA)

    def down_align(self) -> Done:
        """Schedule from Development, both scopes; nobody validates it; wait."""
        with self._as(DORA) as api:
            scheduled = moves.schedule(
                api, MoveKind.DOWN_ALIGN, at=SOON, systemdb_and_files=True, data=True
            )
        self._narrator.say(f"{DORA.name} schedules it: [cyan]{scheduled['status']}[/cyan]")
        return self._done(scheduled)

    def _validated_and_done(self, proposed: Document, by: Actor, validator: Actor) -> Done:
        self._narrator.say(f"{by.name} schedules it: [cyan]{proposed['status']}[/cyan]")
        number = _number(proposed)
        with self._as(validator) as api:
            seen = moves.review(api, number)
            validated = moves.validate(api, number, seen=str(seen["digest"]))
        self._narrator.say(f"{validator.name} validates it: [cyan]{validated['status']}[/cyan]")
        return self._done(proposed)

    def _done(self, move: Document) -> Done:
        began = clock.monotonic_s()
        last = move
        with self._as(DORA) as api, self._narrator.watching() as watch:
            for last in moves.watch(api, _number(move), every_s=0.1):
                watch.show(last)
                self._plane.require_alive()
        if str(last["state"]) != "completed":
            raise MoveDidNotComplete(
                title=str(last["title"]), move=str(last["id"]), status=str(last["status"]),
                cause=str(last.get("cause")), said=str(last.get("cause_said") or ""),
            )  # fmt: skip
        seconds = clock.monotonic_s() - began
        self._narrator.say(f"[cyan]{last['status']}[/cyan] [dim]{seconds:.1f} s[/dim]")
        return Done(
            kind=MoveKind(str(last["kind"])), status=str(last["status"]), seconds=round(seconds, 1)
        )

    @contextmanager
    def _as(self, actor: Actor) -> Generator[Connection]:
        with connect(self._plane.url, self._keys[actor.login]) as api:
            yield api


def _named(offer: Document) -> str:
    found = offer["candidates"]
    modules = [m for m in found if isinstance(m, dict)] if isinstance(found, list) else []
    return ", ".join(f"{module['code']} {module['version']}" for module in modules)


def _number(move: Document) -> int:
    return int(str(move["id"]))
