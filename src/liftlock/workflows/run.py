"""What every step of a move gets and gives, and the loop that carries the steps out.

A step is a pair, *do* and *undo*. The loop does them in order; when one breaks before the target is
opened to people, it undoes what was reached, last first, the broken one too, since that one did
half; then it proves that the target is as before. At the first undo that breaks it stops: the
earlier ones would take away what a person needs for the repair. Once the target is open, nothing is
taken back by itself.

Every name that a step needs (the attempt's copy, the restore point) is derived from the move and
its attempt, so that nothing is handed from step to step and a repeat finds its own work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from pydantic import SecretStr

from liftlock.domain.contents import Scope
from liftlock.domain.environments import DataPolicy
from liftlock.domain.modules import Installed
from liftlock.domain.moves import MoveId
from liftlock.domain.policies import Policy
from liftlock.domain.progress import Tell
from liftlock.domain.statuses import Cause, State
from liftlock.downalign.alignments import Alignment
from liftlock.environments import names
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.errors import Conflict
from liftlock.modules.stores import ModuleStore

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Facts: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """From now on the move has a restore point of its target."""

    size_bytes: int


@dataclass(frozen=True, slots=True)
class Gone:
    """From now on the move has no restore point: it was put back, or never completed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a step did, for a page to show. Never a value of anybody's data."""

    said: str
    facts: Facts = field(default_factory=dict[str, Json])
    """Plain and small: kept in the books beside the step."""
    restore_point: Kept | Gone | None = None
    """What became of the move's restore point; None: it is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One move being carried out by one execution of one step."""

    installation: str
    move: MoveId
    attempt: int
    scope: Scope
    packages: tuple[Installed, ...]
    """What the move carries, in the order of installing."""
    source: Parts
    """Where data comes from in an alignment: Production."""
    target: Parts
    """The live target, all of it."""
    data_policy: DataPolicy
    """What of Production's data may be in the target; of no meaning where nothing is aligned."""
    policies: Mapping[str, Policy]
    undoes: MoveId | None = None
    """The move that an Undo takes back; None in any other move."""
    key: SecretStr
    store: ModuleStore
    reports: Mapping[str, Facts]
    """What the steps so far have left in the books, by name; `before` is what the target was."""
    tell: Tell

    @property
    def mark(self) -> OwnerMark:
        """Return the mark that whatever this attempt makes carries."""
        return OwnerMark(installation=self.installation, move=self.move, attempt=self.attempt)

    @property
    def replaced(self) -> Parts:
        """Return the live parts in this move's scope; all, where it aligns nothing."""
        return self.target.within(self.scope) if self.aligns else self.target

    @property
    def aligns(self) -> bool:
        """Say whether Production's state comes down in this move."""
        return self.scope.systemdb_and_files or self.scope.data

    @property
    def copy(self) -> Parts:
        """Return the attempt's copy: the parts in scope under the attempt's own names."""
        return names.copy_parts(self.replaced, self.installation, self.move, self.attempt)

    @property
    def restore_point(self) -> Parts:
        """Return where the parts that this move replaces or changes are kept as they were."""
        return names.restore_point_parts(self.replaced, self.installation, self.move)

    @property
    def taken_back(self) -> Parts:
        """Return where the restore point of the move that this Undo takes back is kept.

        Raises:
            UndoesNothing: this is no Undo.
        """
        if self.undoes is None:
            raise UndoesNothing(move=self.move)
        return names.restore_point_parts(self.replaced, self.installation, self.undoes)

    @property
    def discarded(self) -> Parts:
        """Return where goes what the restore point replaces, until it is dropped."""
        return names.discarded_parts(self.replaced, self.installation, self.move)

    @property
    def alignment(self) -> Alignment:
        """Return everything that the down alignment of this move needs."""
        return Alignment(
            source=self.source,
            target=self.target,
            copy=self.copy,
            data_policy=self.data_policy,
            scope=self.scope,
            policies=self.policies,
            key=self.key,
            mark=self.mark,
        )


Work: TypeAlias = Callable[[Run], Report]


def nothing(run: Run) -> Report:
    """Undo a step that changes nothing outside what a later undo takes away."""
    del run
    return Report(said="nothing to take back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that can be taken back; its undo works after any part of its do, and twice."""

    name: str
    do: Work
    undo: Work = nothing
    new_attempt: bool = False
    """Whether each begin of its do raises the move's attempt, and so works at names of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """A step past the point of no return: tried until it is done, never taken back.

    Only where its do says that the target was never opened (`NeverOpened`) is it undone, like the
    steps before it.
    """

    name: str
    do: Work
    undo: Work = nothing


class NeverOpened(Conflict):
    """The application did not become healthy, so nobody was let in: it can still be put back."""

    code = "move.never_opened"
    sentence = "The target was never opened: {said}"


class UndoesNothing(Conflict):
    """A step of an Undo was given a move that undoes nothing."""

    code = "move.undoes_nothing"
    sentence = "Move {move} undoes no other move. Schedule the Undo again."


class UnknownStep(Conflict):
    """The books name a step that this release does not have."""

    code = "move.unknown_step"
    sentence = (
        "Step {step} of move {move} is not known to this release. "
        "Run the release that began it, or put the target back."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A move's table: what can be taken back, what cannot, and how *as before* is known."""

    look: Work
    """Notes what the target is before anything happens; its report is kept as `before`."""
    until_opened: tuple[Step, ...]
    then: tuple[Forward, ...]
    prove: Work
    """Raises unless the target is what `look` noted."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the steps in order, as they are frozen in the books."""
        return tuple(step.name for step in (*self.until_opened, *self.then))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One do or undo, as it is handed to whoever carries it out once."""

    name: str
    work: Work
    new_attempt: bool = False
    stoppable: bool = False
    """Whether a person's stop interrupts it: only what can still be taken back."""
    patient: bool = False
    """Whether it is tried again whatever broke, since it cannot be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An act came to its end."""

    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke:
    """An act did not: why, in words that a person can act on."""

    cause: Cause
    said: str
    tries: int = 1
    may_pass: bool = False
    """Whether it is worth another try."""
    never_opened: bool = False
    """Whether the target was certainly not opened, though the step would have."""


class Once(Protocol):
    """Carries out an act once, across crashes.

    It answers `Broke` for whatever the work raised. What it raises itself is the engine's own
    trouble, which the loop lets pass: the books then still say *running*, and the janitor looks.
    """

    def __call__(self, act: Act, /) -> Done | Broke:
        """Carry it out, or return what it came to before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a move ended: the state says how the target is, the cause what broke first."""

    state: State
    cause: Cause | None = None
    said: str = ""


BEFORE = "before"
PROVE = "prove"


def carry_out(steps: Steps, once: Once) -> Ended:
    """Do each step once; when one breaks before the point of no return, put the target back."""
    looked = once(Act(name=BEFORE, work=steps.look, stoppable=True))
    if isinstance(looked, Broke):
        return Ended(state=State.FAILED, cause=looked.cause, said=looked.said)
    for reached, step in enumerate(steps.until_opened, start=1):
        outcome = once(_doing(step))
        if isinstance(outcome, Broke):
            return put_back(steps, steps.names[:reached], once, because=outcome)
    return _go_on(steps, once)


def _go_on(steps: Steps, once: Once) -> Ended:
    """Do what follows the moment of opening."""
    for reached, step in enumerate(steps.then, start=len(steps.until_opened) + 1):
        outcome = once(Act(name=step.name, work=step.do, patient=True))
        if isinstance(outcome, Broke) and outcome.never_opened:
            return put_back(steps, steps.names[:reached], once, because=outcome)
        if isinstance(outcome, Broke):
            return Ended(state=State.ERRORED, cause=outcome.cause, said=outcome.said)
    return Ended(state=State.COMPLETED)


def put_back(steps: Steps, reached: tuple[str, ...], once: Once, *, because: Broke) -> Ended:
    """Undo the steps of these names, last first, and prove that the target is as before.

    At an undo that breaks, stop: the earlier ones would take away what a person needs.
    """
    undone = [s for s in (*steps.until_opened, *steps.then) if s.name in reached]
    acts = [Act(name=f"undo {s.name}", work=s.undo) for s in reversed(undone)]
    for act in (*acts, Act(name=PROVE, work=steps.prove)):
        outcome = once(act)
        if isinstance(outcome, Broke):
            said = f"{because.said} Then {act.name} broke: {outcome.said}"
            return Ended(state=State.ERRORED, cause=because.cause, said=said)
    return Ended(state=State.FAILED, cause=because.cause, said=because.said)


def _doing(step: Step) -> Act:
    return Act(name=step.name, work=step.do, new_attempt=step.new_attempt, stoppable=True)


def frozen(steps: Steps, names_: tuple[str, ...], move: MoveId) -> Steps:
    """Return the table with the steps that were frozen in the books when the move began.

    Raises: UnknownStep.
    """
    known = set(steps.names)
    for name in names_:
        if name not in known:
            raise UnknownStep(step=name, move=move)
    return replace(
        steps,
        until_opened=tuple(s for s in steps.until_opened if s.name in names_),
        then=tuple(s for s in steps.then if s.name in names_),
    )
