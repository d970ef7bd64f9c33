"""Stages: the steps of a run as its page shows them, how far the whole is, and its log. Pure.

A run that breaks before its target is opened is taken back: those stages are the ones of the way
back, in the order in which they happen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from liftlock.domain.moves import Move
from liftlock.domain.runs import OPENS
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.steps import StepShown, StepState

UNDO = "undo "
LOOK, PROVE = "before", "prove"
CLOSES = "drain"
"""The step that closes the target to people."""
ALIGNING = frozenset({"copy_and_mask", "verify", "preserve", "swap"})
"""The steps in which Production's state comes down."""
GUESSED = timedelta(minutes=1)
"""What a stage weighs of which nobody knows how long it takes."""
ALMOST = 0.97
"""How far a stage that says nothing of itself seems to be when its usual time is over."""

TITLES: Mapping[str, str] = MappingProxyType(
    {
        LOOK: "Look",
        "copy_and_mask": "Copy and mask",
        "take_restore_point": "Take restore point",
        "swap_back": "Swap back",
        PROVE: "Prove",
    }
)
"""Where the title is not the name itself with a capital letter."""

DOES: Mapping[str, str] = MappingProxyType(
    {
        LOOK: "Notes what {target} is, so that it can be proved later",
        "copy_and_mask": "Production is copied beside {target}, masked where the policy says so",
        "verify": "The copy is compared with Production and searched for real values",
        CLOSES: "{target} is closed to people",
        "preserve": "What must survive in {target} is brought over; what must not act is switched"
        " off",
        "swap": "The copy becomes {target}; what was there becomes the restore point",
        "swap_back": "The restore point becomes {target} again",
        "take_restore_point": "{target} is kept as it is now",
        "install": "The modules are installed by their digests",
        "check": "The application starts, closed to people, and the modules' checks run",
        OPENS: "{target} is opened to people; from here on nothing is taken back by itself",
        "attest": "What was done is written down",
        PROVE: "{target} is compared with what it was before",
    }
)


class StageState(StrEnum):
    """How far a stage is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    BROKEN = "broken"
    SKIPPED = "skipped"
    """The move ended before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step, planned or under way, or one stage of the way back."""

    name: str
    title: str
    state: StageState
    says: str
    """What it said last; before it begins: what it does."""
    tries: int
    aligns: bool
    """Whether Production's state comes down in it."""
    opens: bool
    """Whether it opens the target to people."""
    percent: int | None
    """How far it is, while it runs; None: it does not say, and nobody knows how long it takes."""
    begun_at: datetime | None
    ended_at: datetime | None
    usual: timedelta | None
    """How long it took the last time that such a move was completed."""

    @property
    def took(self) -> timedelta | None:
        """Return how long it took, once it has ended."""
        if self.begun_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.begun_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of the log."""

    at: datetime
    stage: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """A whole run, as far as it is."""

    stages: tuple[Stage, ...]
    back: tuple[Stage, ...]
    """The way back, when it is or was taken."""
    percent: int
    """Of the way there, by how long its stages usually take."""
    log: tuple[Said, ...]
    is_closed: bool
    """Whether the target is closed to people now."""
    is_open_again: bool
    """Whether it was closed and people can work in it again."""
    was_closed_for: timedelta | None
    """How long people could not work in the target; None: not at all, or it is not over."""

    @property
    def current(self) -> Stage | None:
        """Return the stage that runs."""
        found = (s for s in (*self.back, *self.stages) if s.state is StageState.RUNNING)
        return next(found, None)


def title_of(name: str) -> str:
    """Return what people call a step, or the undo of one: *Copy and mask*, *Undo copy and mask*."""
    if name.startswith(UNDO):
        undone = title_of(name.removeprefix(UNDO))
        return f"Undo {undone[:1].lower()}{undone[1:]}"
    return TITLES.get(name, name.replace("_", " ").capitalize())


def progressed(
    move: Move,
    target: str,
    steps: Sequence[StepShown],
    usual: Mapping[str, timedelta],
    now: datetime,
) -> Progressed:
    """Return a run as its page shows it; `target` is the name of the environment it changes."""
    begun = {step.name: step for step in steps}
    around = _Around(
        move=move,
        target=target,
        goes_on=move.state is State.RUNNING and not any(is_back(s.name) for s in steps),
        usual=usual,
        now=now,
    )
    stages = tuple(_stage(name, begun.get(name), around) for name in _names(move, begun))
    return Progressed(
        stages=stages,
        back=tuple(_stage(s.name, s, around) for s in steps if is_back(s.name)),
        percent=_percent(stages),
        log=log(steps),
        is_closed=CLOSES in begun and _opened_at(begun) is None,
        is_open_again=_opened_at(begun) is not None,
        was_closed_for=_was_closed_for(begun),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What every stage of one run is seen with."""

    move: Move
    target: str
    goes_on: bool
    """Whether it runs and is not being taken back."""
    usual: Mapping[str, timedelta]
    now: datetime


def _names(move: Move, begun: Mapping[str, StepShown]) -> tuple[str, ...]:
    """Return the steps of a run; the look before them only where something came of it."""
    look = begun.get(LOOK)
    return move.steps if look is None or look.state is StepState.DONE else (LOOK, *move.steps)


def step_said(move: Move, begun: Sequence[StepShown]) -> str:
    """Return the step of a running move that runs, and how many there are: *Install, 5 of 9*."""
    present = next((step.name for step in begun if step.state is StepState.RUNNING), "")
    if present not in move.steps:
        return title_of(present)
    return f"{title_of(present)}, {move.steps.index(present) + 1} of {len(move.steps)}"


def is_back(name: str) -> bool:
    """Tell whether a step is one of the way back."""
    return name.startswith(UNDO) or name == PROVE


def _stage(name: str, step: StepShown | None, around: _Around) -> Stage:
    state = _state(name, step, around)
    usual = around.usual.get(name)
    runs = state is StageState.RUNNING
    said = step.progress.said if step else ""
    return Stage(
        name=name,
        title=title_of(name),
        state=state,
        says=said or does(name, around.move.kind, around.target),
        tries=step.tries if step else 0,
        aligns=name in ALIGNING,
        opens=name == OPENS,
        percent=_share(step, usual, around.now) if step and runs else None,
        begun_at=step.begun_at if step else None,
        ended_at=step.ended_at if step else None,
        usual=usual,
    )


def does(name: str, kind: MoveKind, target: str) -> str:
    """Return what a step does, before it has said anything itself."""
    if name == "install" and kind is MoveKind.DOWN_ALIGN:
        return "What the fresh repositories lack of the modules that stay is installed"
    return DOES.get(name, "").format(target=target)


def _state(name: str, step: StepShown | None, around: _Around) -> StageState:
    if step is None:
        return StageState.WAITING if around.goes_on else StageState.SKIPPED
    if step.state is StepState.RUNNING and not around.goes_on:
        is_at_it = is_back(name) and around.move.blocks
        return StageState.RUNNING if is_at_it else StageState.BROKEN
    return StageState(step.state.value)


def _share(step: StepShown, usual: timedelta | None, now: datetime) -> int | None:
    if step.progress.of > 0:
        return min(100, 100 * step.progress.done // step.progress.of)
    if not usual:
        return None
    return int(100 * min((now - step.begun_at) / usual, ALMOST))


def _percent(stages: Iterable[Stage]) -> int:
    """Return how far a run is, each stage counting for what it usually takes."""
    done = whole = 0.0
    for stage in stages:
        weight = (stage.usual or GUESSED).total_seconds() + 1
        share = 1.0 if stage.state is StageState.DONE else (stage.percent or 0) / 100
        whole += weight
        done += weight * share
    return int(100 * done / whole) if whole else 0


def log(steps: Sequence[StepShown]) -> tuple[Said, ...]:
    """Return what the stages said, in the order of its time."""
    said = [line for step in steps for line in _said(step)]
    return tuple(sorted(said, key=lambda line: line.at))


def _said(step: StepShown) -> Iterable[Said]:
    yield Said(at=step.begun_at, stage=title_of(step.name), text="begins")
    text = step.progress.said
    if step.tries > 1:
        text = f"{text} (tried {step.tries} times)".strip()
    if step.ended_at is not None:
        broken = "broke: " if step.state is StepState.BROKEN else ""
        yield Said(at=step.ended_at, stage=title_of(step.name), text=f"{broken}{text or 'done'}")
    elif text:
        yield Said(at=step.told_at, stage=title_of(step.name), text=text)


def _was_closed_for(begun: Mapping[str, StepShown]) -> timedelta | None:
    opened_at = _opened_at(begun)
    if CLOSES not in begun or opened_at is None:
        return None
    return opened_at - begun[CLOSES].begun_at


def _opened_at(begun: Mapping[str, StepShown]) -> datetime | None:
    """Return when people could work in the target again: it was opened, or put back and opened."""
    for name in (OPENS, f"{UNDO}{CLOSES}"):
        step = begun.get(name)
        if step is not None and step.state is StepState.DONE:
            return step.ended_at
    return None
