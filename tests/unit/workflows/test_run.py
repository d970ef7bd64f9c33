"""The loop, over every table of the registry: what is done, taken back, proved; when it stops."""

import itertools

import pytest

from liftlock.domain.moves import MoveId
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import Act, Broke, Done, UnknownStep, carry_out, frozen, put_back

BROKE = Broke(cause=Cause.BROKE, said="the disk is full")


class Recorder:
    """Answers every act with *done*, but those that it was told to break."""

    def __init__(self, **breaking: Broke) -> None:
        self._breaking = {name.replace("__", " "): broke for name, broke in breaking.items()}
        self.acts: list[Act] = []

    def __call__(self, act: Act, /) -> Done | Broke:
        self.acts.append(act)
        return self._breaking.get(act.name, Done(said="done"))

    @property
    def names(self) -> list[str]:
        return [act.name for act in self.acts]


def breaking(*names: str, broke: Broke = BROKE) -> Recorder:
    return Recorder(**{name.replace(" ", "__"): broke for name in names})


def undos_of(kind: MoveKind, reached: int) -> list[str]:
    return [f"undo {name}" for name in reversed(TABLES[kind].names[:reached])]


REVERSIBLE = [
    pytest.param(kind, position, step.name, id=f"{kind}-{step.name}")
    for kind, steps in TABLES.items()
    for position, step in enumerate(steps.until_opened, start=1)
]


@pytest.mark.parametrize("kind", TABLES)
def test_a_move_that_nothing_breaks_does_each_step_once_and_is_completed(kind: MoveKind) -> None:
    once = Recorder()
    assert carry_out(TABLES[kind], once).state is State.COMPLETED
    assert once.names == ["before", *TABLES[kind].names]


@pytest.mark.parametrize(("kind", "position", "name"), REVERSIBLE)
def test_a_break_takes_back_exactly_what_was_reached_and_proves_it(
    kind: MoveKind, position: int, name: str
) -> None:
    once = breaking(name)
    ended = carry_out(TABLES[kind], once)
    assert (ended.state, ended.cause, ended.said) == (State.FAILED, Cause.BROKE, BROKE.said)
    done = list(TABLES[kind].names[:position])
    assert once.names == ["before", *done, *undos_of(kind, position), "prove"]


@pytest.mark.parametrize(
    ("kind", "position", "undo"),
    [
        pytest.param(kind, position, f"undo {name}", id=f"{kind}-last-{position}-undo-{name}")
        for kind, steps in TABLES.items()
        for position in range(1, len(steps.until_opened) + 1)
        for name in steps.names[:position]
    ],
)
def test_at_the_first_undo_that_breaks_the_rest_is_left_to_a_person(
    kind: MoveKind, position: int, undo: str
) -> None:
    once = breaking(TABLES[kind].names[position - 1], undo)
    ended = carry_out(TABLES[kind], once)
    assert ended.state is State.ERRORED
    assert undo in ended.said
    assert once.names[-1] == undo


@pytest.mark.parametrize("kind", TABLES)
def test_a_target_that_cannot_be_proved_to_be_as_before_is_errored(kind: MoveKind) -> None:
    ended = carry_out(TABLES[kind], breaking(TABLES[kind].names[0], "prove"))
    assert ended.state is State.ERRORED


@pytest.mark.parametrize("kind", TABLES)
def test_a_target_that_cannot_even_be_looked_at_is_left_alone(kind: MoveKind) -> None:
    once = breaking("before")
    assert carry_out(TABLES[kind], once).state is State.FAILED
    assert once.names == ["before"]


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, step.name) for kind, steps in TABLES.items() for step in steps.then]
)
def test_nothing_is_taken_back_once_people_are_let_in(kind: MoveKind, name: str) -> None:
    once = breaking(name)
    assert carry_out(TABLES[kind], once).state is State.ERRORED
    assert not [seen for seen in once.names if seen.startswith("undo")]


@pytest.mark.parametrize("kind", TABLES)
def test_a_target_that_never_answered_was_never_opened_and_is_put_back(kind: MoveKind) -> None:
    never = Broke(cause=Cause.BROKE, said="no answer", never_opened=True)
    once = breaking("resume", broke=never)
    assert carry_out(TABLES[kind], once).state is State.FAILED
    reached = TABLES[kind].names.index("resume") + 1
    assert once.names[-reached - 1 :] == [*undos_of(kind, reached), "prove"]


@pytest.mark.parametrize("kind", TABLES)
def test_a_person_can_stop_what_can_be_taken_back_and_nothing_else(kind: MoveKind) -> None:
    forward, backward = Recorder(), breaking("check")
    _ = carry_out(TABLES[kind], forward), carry_out(TABLES[kind], backward)
    stoppable = {act.name for act in (*forward.acts, *backward.acts) if act.stoppable}
    assert stoppable == {"before", *(step.name for step in TABLES[kind].until_opened)}


@pytest.mark.parametrize("kind", TABLES)
def test_putting_back_again_undoes_what_had_been_begun(kind: MoveKind) -> None:
    names = TABLES[kind].names
    for reached in range(len(names) + 1):
        once = Recorder()
        assert put_back(TABLES[kind], names[:reached], once, because=BROKE).state is State.FAILED
        assert once.names == [*undos_of(kind, reached), "prove"]


@pytest.mark.parametrize("kind", TABLES)
def test_the_steps_of_a_run_are_those_frozen_when_it_began(kind: MoveKind) -> None:
    steps = TABLES[kind]
    for count in range(1, len(steps.names) + 1):
        for names in itertools.combinations(steps.names, count):
            assert frozen(steps, names, MoveId(1)).names == names


def test_a_step_that_this_release_does_not_know_is_named() -> None:
    with pytest.raises(UnknownStep, match="Step polish of move 7"):
        _ = frozen(TABLES[MoveKind.DOWN_ALIGN], ("copy_and_mask", "polish"), MoveId(7))
