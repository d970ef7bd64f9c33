"""Stages: what a run's page shows of each step, how far the whole is, and of the way back."""

from datetime import datetime, timedelta

import pytest

from builders import NOON, a_move
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.progress import Progress
from liftlock.domain.stages import Progressed, StageState, progressed, title_of
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.steps import StepShown, StepState

NAMES = ("copy_and_mask", "drain", "swap", "resume")
MINUTE = timedelta(minutes=1)


def a_run(state: State = State.RUNNING) -> Move:
    return a_move(state=state, steps=NAMES, begun_at=NOON)


def a_step(
    name: str,
    state: StepState = StepState.DONE,
    *,
    at: int = 0,
    lasts: int = 1,
    tries: int = 1,
    progress: Progress | None = None,
) -> StepShown:
    """Return a step that began so many minutes after noon."""
    begun: datetime = NOON + at * MINUTE
    ended = None if state is StepState.RUNNING else begun + lasts * MINUTE
    return StepShown(
        move=MoveId(7),
        name=name,
        state=state,
        tries=tries,
        begun_at=begun,
        told_at=ended or begun,
        ended_at=ended,
        progress=progress or Progress(said=f"{name} said so"),
    )


def seen(
    *steps: StepShown,
    move: Move | None = None,
    usual: dict[str, timedelta] | None = None,
    minutes: int = 10,
) -> Progressed:
    return progressed(move or a_run(), "Staging", steps, usual or {}, NOON + minutes * MINUTE)


def states(found: Progressed) -> list[str]:
    return [stage.state.value for stage in found.stages]


def test_before_a_step_begins_it_says_what_it_does() -> None:
    found = seen()
    assert states(found) == ["waiting"] * 4
    assert found.stages[0].says.startswith("Production is copied beside Staging")
    assert (found.percent, found.current, found.log) == (0, None, ())


def test_a_step_that_tells_how_far_it_is_is_believed() -> None:
    running = a_step(
        "copy_and_mask", StepState.RUNNING, progress=Progress(said="rows", done=30, of=120)
    )
    [stage, *_] = seen(running).stages
    assert (stage.percent, stage.state) == (25, StageState.RUNNING)


def test_a_step_that_tells_nothing_goes_by_its_usual_time_and_never_quite_ends() -> None:
    running = a_step("drain", StepState.RUNNING)
    known = {"drain": 20 * MINUTE}
    assert seen(running, usual=known).stages[1].percent == 50
    assert seen(running, usual=known, minutes=500).stages[1].percent == 97
    assert seen(running).stages[1].percent is None


def test_steps_weigh_what_they_usually_take() -> None:
    usual = {"copy_and_mask": 90 * MINUTE, **dict.fromkeys(NAMES[1:], 10 * MINUTE)}
    assert seen(a_step("copy_and_mask"), usual=usual).percent == 74
    assert seen(*(a_step(name) for name in NAMES), usual=usual).percent == 100


def test_the_way_back_is_shown_and_what_was_not_reached_is_not_waited_for() -> None:
    found = seen(
        a_step("copy_and_mask"),
        a_step("drain", StepState.BROKEN, at=1),
        a_step("undo drain", at=2),
        a_step("undo copy_and_mask", StepState.RUNNING, at=3),
    )
    assert states(found) == ["done", "broken", "skipped", "skipped"]
    assert [(s.title, s.state) for s in found.back] == [
        ("Undo drain", StageState.DONE),
        ("Undo copy and mask", StageState.RUNNING),
    ]
    assert found.current is found.back[1]


def test_a_step_that_was_running_when_all_ended_is_broken() -> None:
    running = a_step("drain", StepState.RUNNING)
    assert states(seen(running, move=a_run(State.ERRORED)))[1] == "broken"


def test_a_put_back_of_an_errored_move_is_seen_running() -> None:
    back = a_step("undo swap", StepState.RUNNING)
    found = seen(a_step("swap", StepState.BROKEN), back, move=a_run(State.ERRORED))
    assert found.back[0].state is StageState.RUNNING


def test_the_look_before_is_shown_only_where_it_broke() -> None:
    assert len(seen(a_step("before")).stages) == 4
    broken = seen(a_step("before", StepState.BROKEN), move=a_run(State.FAILED))
    assert next(iter(broken.stages)).title == "Look"


def test_people_are_told_how_long_the_target_was_closed() -> None:
    assert not seen(a_step("copy_and_mask")).is_closed
    closed = seen(a_step("drain", at=5))
    assert (closed.is_closed, closed.was_closed_for) == (True, None)
    opened = seen(a_step("drain", at=5), a_step("resume", at=20, lasts=2))
    assert (opened.is_closed, opened.is_open_again) == (False, True)
    assert opened.was_closed_for == 17 * MINUTE
    put_back = seen(a_step("drain", at=5), a_step("undo drain", at=8))
    assert put_back.was_closed_for == 4 * MINUTE


def test_the_log_is_in_the_order_of_time_and_names_repeats() -> None:
    found = seen(
        a_step("copy_and_mask", at=0, lasts=3, tries=2),
        a_step("drain", StepState.BROKEN, at=3),
    )
    assert [(line.stage, line.text) for line in found.log] == [
        ("Copy and mask", "begins"),
        ("Copy and mask", "copy_and_mask said so (tried 2 times)"),
        ("Drain", "begins"),
        ("Drain", "broke: drain said so"),
    ]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("copy_and_mask", "Copy and mask"),
        ("verify", "Verify"),
        ("undo swap", "Undo swap"),
        ("a_step_of_another_release", "A step of another release"),
    ],
)
def test_every_step_has_a_title_that_people_read(name: str, title: str) -> None:
    assert title_of(name) == title


def test_a_down_align_installs_something_else_than_a_move_up() -> None:
    down = a_move(MoveKind.DOWN_ALIGN, State.RUNNING, steps=("install",), begun_at=NOON)
    assert "fresh repositories" in seen(move=down).stages[0].says
