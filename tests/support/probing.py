"""Acts of a test, carried out in the real engine for a move that runs in real books."""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from acme_books import Acme
from eventually import eventually
from liftlock.domain.moves import MoveId
from liftlock.domain.steps import StepShown
from liftlock.services import proposals, runs, steps
from liftlock.services.proposals import DownAlignWish
from liftlock.services.slots import Soon
from liftlock.workflows import engine
from liftlock.workflows.attempts import Interrupted, Patience, Resources, carry_out_act
from liftlock.workflows.registry import step_names
from liftlock.workflows.run import Act, Broke, Done, Report, Run

QUICK = Patience(tries=3, first_pause_s=0.01, longest_pause_s=0.01)


def begun(acme: Acme) -> MoveId:
    """Begin a Down Align in the books, and leave the engine out of it."""
    wish = DownAlignWish(
        organisation=acme.organisation.id, when=Soon(), systemdb_and_files=True, data=True
    )
    with acme.books.transaction() as tx:
        move = proposals.schedule_down_align(tx, acme.ana, wish)
    with acme.books.transaction() as tx:
        assert [m.id for m in runs.begin_due(tx, step_names())] == [move.id]
    return move.id


@dataclass(slots=True, kw_only=True)
class Probe:
    """Carries out acts, and remembers what came of them."""

    acme: Acme
    move: MoveId
    outcomes: list[Done | Broke | str] = field(default_factory=list["Done | Broke | str"])
    leaving: threading.Event = field(default_factory=threading.Event)

    @property
    def resources(self) -> Resources:
        return Resources(
            books=self.acme.books,
            store=self.acme.store,
            leaving=self.leaving,
            patience=QUICK,
            tell_every_s=0.05,
        )

    def carry_out(self, *acts: Act) -> Sequence[Done | Broke | str]:
        """Carry acts out in a workflow; an interruption ends it and is the last outcome."""
        with self.started(*acts):
            eventually(lambda: len(self.outcomes) == len(acts), 30)
        return self.outcomes

    @contextmanager
    def started(self, *acts: Act) -> Generator[None]:
        """Carry acts out beside the block."""

        def body(move: MoveId) -> None:
            for act in acts:
                _ = engine.once(act.name, lambda act=act: self._carried_out(move, act))

        engine.migrate(self.acme.url)
        with self.acme.books.transaction() as tx:
            organisation = self.acme.organisation.id
            engine.enqueue(tx, "probe.v1", str(self.move), self.move, organisation)
        engine.start(self.acme.url, executor_id="a", bodies={"probe.v1": body}, polling_s=0.05)
        try:
            yield
        finally:
            engine.stop()

    def _carried_out(self, move: MoveId, act: Act) -> engine.Plain:
        try:
            self.outcomes.append(carry_out_act(self.resources, move, act))
        except Interrupted:
            self.outcomes.append("interrupted")
            raise
        return {}

    def step(self, name: str) -> StepShown | None:
        """Return what the books say of an act."""
        with self.acme.books.transaction() as tx:
            shown = steps.list_all(tx, self.acme.dora, self.move)
        return next((step for step in shown if step.name == name), None)


def an_act(
    work: Callable[[Run], Report], *, stoppable: bool = True, new_attempt: bool = False
) -> Act:
    """Return an act with this work."""
    return Act(name="probe", work=work, stoppable=stoppable, new_attempt=new_attempt)
