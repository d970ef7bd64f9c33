"""Every step of every move breaks, in real environments, and the target is what it was.

The cases come from the tables of the registry, so a new step is covered by being in its table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

import pytest

from compare import Picture, left_over, picture
from liftlock.domain.contents import Scope
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.environments import restore_points
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import Broke, Ended, Run, carry_out, put_back
from network import Network
from postgres import Server
from small_moves import (
    DATA_ALONE,
    EVERYTHING,
    MOVE,
    NOTHING,
    SYSTEM_ALONE,
    MakeSmall,
    Small,
    target_of,
)
from trials import Break, Trial

SCOPES = {
    MoveKind.MOVE_TO_STAGING: (EVERYTHING,),
    MoveKind.MOVE_TO_PRODUCTION: (NOTHING,),
    MoveKind.DOWN_ALIGN: (EVERYTHING, SYSTEM_ALONE, DATA_ALONE),
    MoveKind.UNDO: (NOTHING, EVERYTHING, SYSTEM_ALONE, DATA_ALONE),
}
BEFORE, AFTER, UNDO_BREAKS = "before", "after", "its undo breaks"
INSIDE = {"inside": 0.6, "inside, early": 0.2, "inside, late": 0.9}
"""At which share of what the target's server answers its connections are cut."""
ONCE = ("inside",)
THRICE = {"swap", "swap_back", "take_restore_point", "install"}
"""Steps that change what is live are cut at every share, the others at one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One break of one step of one move."""

    kind: MoveKind
    scope: Scope
    step: str
    where: str

    @property
    def name(self) -> str:
        scope = [p for p in ("systemdb_and_files", "data") if getattr(self.scope, p)]
        return f"{self.kind} of {'+'.join(scope) or 'modules'}, {self.step}, {self.where}"


def cases() -> Iterator[Case]:
    for kind, steps in TABLES.items():
        for scope in SCOPES[kind]:
            whole = scope is SCOPES[kind][0]
            for step in steps.until_opened:
                if kind is MoveKind.UNDO and not whole and step.name not in THRICE:
                    continue
                inside = tuple(INSIDE) if step.name in THRICE else ONCE
                for where in (BEFORE, *inside, AFTER, UNDO_BREAKS) if whole else ONCE:
                    yield Case(kind=kind, scope=scope, step=step.name, where=where)


CASES = list(cases())
Answered: TypeAlias = dict[tuple[MoveKind, Scope], dict[str, int]]


@pytest.fixture(scope="module")
def answered() -> Answered:
    """How many bytes the target's server answers in each step of a move that nothing breaks."""
    return {}


@pytest.fixture
def place(case: Case, make_small: MakeSmall, network: Network) -> "Place":
    return Place.of(make_small(case.kind, case.scope), case, network)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The environments of one case, the target behind a network that can be cut."""

    small: Small
    run: Run
    network: Network
    server: Server

    @classmethod
    def of(cls, small: Small, case: Case, network: Network) -> Self:
        run = small.run(case.kind, case.scope)
        server = small.servers[target_of(case.kind, case.scope)]
        return cls(small=small, run=small.through(network, run), network=network, server=server)

    def picture(self) -> Picture:
        return picture(self.run.target, self.server)

    def left_over(self) -> list[str]:
        return left_over(self.run.target, self.server)

    def kept(self, case: Case) -> list[str]:
        """A complete restore point that was not needed is dropped by retention only.

        An Undo that failed leaves the one that it would have taken, complete as it was.
        """
        if case.kind is MoveKind.UNDO:
            point, mark = self.run.taken_back, replace(self.run.mark, move=MOVE)
            assert restore_points.exists(point, mark)
        else:
            point, mark = self.run.restore_point, self.run.mark
            if case.step != "take_restore_point" or not restore_points.exists(point, mark):
                return []
        files = [point.files.name] if point.has_files else []
        return sorted([*(d.name for d in point.databases), *files])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_step_that_breaks_leaves_the_target_as_it_was(
    case: Case, place: Place, make_small: MakeSmall, network: Network, answered: Answered
) -> None:
    taken = answered.get((case.kind, case.scope)) or rehearse(case, make_small, network)
    answered[case.kind, case.scope] = taken
    trial = Trial(run=place.run, network=network, breaks=breaks(case, taken))
    before = place.picture()
    ended = carry_out(TABLES[case.kind], trial)
    if case.where == UNDO_BREAKS:
        ended = put_back_later(case, trial, ended)
    assert ended.state is State.FAILED, ended.said
    assert place.picture() == before
    assert place.left_over() == place.kept(case)
    assert place.small.is_open(place.run.target.kind)
    assert place.small.starts_at_work(place.run.target.kind) == []


def rehearse(case: Case, make_small: MakeSmall, network: Network) -> dict[str, int]:
    """Carry the move out undisturbed, and learn what each step takes."""
    place = Place.of(make_small(case.kind, case.scope), case, network)
    trial = Trial(run=place.run, network=network)
    assert carry_out(TABLES[case.kind], trial).state is State.COMPLETED
    assert place.small.is_open(place.run.target.kind)
    return trial.bytes_taken


def breaks(case: Case, taken: Mapping[str, int]) -> tuple[Break, ...]:
    if case.where in INSIDE:
        return (Break(act=case.step, after_bytes=int(INSIDE[case.where] * taken[case.step])),)
    broken = Break(act=case.step, after=case.where != BEFORE)
    return (broken, Break(act=f"undo {case.step}")) if case.where == UNDO_BREAKS else (broken,)


def put_back_later(case: Case, trial: Trial, ended: Ended) -> Ended:
    """A person must look; what broke the undo is gone, and the target is put back again."""
    steps = TABLES[case.kind]
    assert ended.state is State.ERRORED
    assert trial.acts[-1] == f"undo {case.step}"
    trial.breaks = ()
    because = Broke(cause=ended.cause or Cause.BROKE, said=ended.said)
    return put_back(steps, tuple(trial.acts), trial, because=because)


@pytest.mark.parametrize("kind", TABLES, ids=str)
def test_a_runtime_that_cannot_start_closed_is_put_back_until_it_has_answered(
    kind: MoveKind, make_small: MakeSmall, network: Network
) -> None:
    case = Case(kind=kind, scope=SCOPES[kind][0], step="resume", where="its start")
    place = Place.of(make_small(kind, case.scope), case, network)
    trial = Trial(run=cannot_start_closed(place.run), network=network)
    before = place.picture()
    place.small.fail_once(place.run.target.kind, "start")
    ended = carry_out(TABLES[kind], trial)
    assert ended.state is State.FAILED, ended.said
    assert "start of" in ended.said
    assert place.picture() == before
    assert place.small.is_open(place.run.target.kind)


def cannot_start_closed(run: Run) -> Run:
    runtime = replace(run.target.runtime, starts_closed=False)
    return replace(run, target=replace(run.target, runtime=runtime))


@pytest.mark.parametrize("kind", TABLES, ids=str)
def test_a_target_that_broke_while_it_was_opened_is_put_back_at_a_persons_word(
    kind: MoveKind, make_small: MakeSmall, network: Network
) -> None:
    case = Case(kind=kind, scope=SCOPES[kind][0], step="resume", where=AFTER)
    place = Place.of(make_small(kind, case.scope), case, network)
    trial = Trial(run=place.run, network=network, breaks=(Break(act="resume", after=True),))
    before = place.picture()
    errored = carry_out(TABLES[kind], trial)
    assert (errored.state, trial.acts[-1]) == (State.ERRORED, "resume")
    because = Broke(cause=Cause.BROKE, said=errored.said)
    ended = put_back(TABLES[kind], tuple(trial.acts), trial, because=because)
    assert ended.state is State.FAILED, ended.said
    assert place.picture() == before
    assert place.small.is_open(place.run.target.kind)
