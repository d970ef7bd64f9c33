"""The diagram: colours, icons and words for what is planned, runs, or has gone wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import ENVIRONMENTS, NOON, a_move
from liftlock.domain.diagrams import Arrow, Chamber, Standing, Tone, draw
from liftlock.domain.environments import Kind
from liftlock.domain.moves import Move
from liftlock.domain.statuses import MoveKind, State


def standing(*planned: Move, **also: object) -> Standing:
    idle = Standing(
        now=NOON - timedelta(hours=2),
        environments={e.id: kind for kind, e in ENVIRONMENTS.items()},
        planned=planned,
        latest={},
    )
    return replace(idle, **also)


def looks(chamber: Chamber) -> tuple[Tone, str]:
    return chamber.tone, chamber.says


def test_nothing_planned_leaves_development_uncoloured() -> None:
    drawn = draw(standing())
    assert looks(drawn.development) == (Tone.PLAIN, "Nothing planned")
    assert drawn.to_staging.arrow is drawn.to_production.arrow is drawn.down.arrow is Arrow.NONE


@pytest.mark.parametrize(
    ("state", "arrow"),
    [(State.PROPOSED, Arrow.PROPOSED), (State.VALIDATED, Arrow.VALIDATED)],
)
def test_a_planned_move_to_staging_turns_development_green(state: State, arrow: Arrow) -> None:
    drawn = draw(standing(a_move(state=state)))
    assert looks(drawn.development) == (Tone.GREEN, "Move to Staging planned")
    assert drawn.to_staging.arrow is arrow
    assert drawn.to_staging.note == "Friday, May 29 at 14:00"


def test_a_stale_validation_has_an_arrow_of_its_own() -> None:
    stale = a_move(state=State.VALIDATED, changed=("module crm is gone from Production",))
    drawn = draw(standing(stale))
    assert drawn.to_staging.arrow is Arrow.STALE
    assert drawn.staging.says == "To validate: Move to Staging"


def test_what_nobody_validated_waits_for_a_validation_whatever_has_changed() -> None:
    changed = ("module crm is gone from Production",)
    assert draw(standing(a_move(changed=changed))).to_staging.arrow is Arrow.PROPOSED
    outdated = a_move(MoveKind.MOVE_TO_PRODUCTION, changed=changed)
    drawn = draw(standing(outdated))
    assert drawn.to_production.arrow is Arrow.OUTDATED
    assert looks(drawn.production) == (Tone.AMBER, "No longer what was tested")


def test_a_planned_move_to_production_colours_the_arrow_towards_it() -> None:
    drawn = draw(standing(a_move(MoveKind.MOVE_TO_PRODUCTION)))
    assert drawn.to_production.arrow is Arrow.PROPOSED
    assert looks(drawn.staging) == (Tone.GREEN, "Move to Production planned")
    assert drawn.production.says == "To validate: Move to Production"
    assert looks(drawn.development) == (Tone.PLAIN, "Nothing planned")


def test_a_running_move_says_how_far_it_is() -> None:
    running = a_move(state=State.RUNNING, begun_at=NOON)
    drawn = draw(standing(running, step="install, 7 of 9"))
    assert (drawn.to_staging.arrow, drawn.to_staging.note) == (Arrow.RUNNING, "install, 7 of 9")
    assert looks(drawn.staging) == (Tone.BLUE, "Receiving modules")
    assert drawn.down.arrow is Arrow.NONE


def test_a_move_to_staging_shows_the_way_down_while_staging_is_aligned() -> None:
    running = a_move(state=State.RUNNING, begun_at=NOON)
    drawn = draw(standing(running, step="Copy and mask, 1 of 9"))
    assert (drawn.down.arrow, drawn.down.to) == (Arrow.RUNNING, Kind.STAGING)


def test_a_down_align_is_on_the_way_down_and_leaves_development_uncoloured() -> None:
    drawn = draw(standing(a_move(MoveKind.DOWN_ALIGN, State.VALIDATED)))
    assert drawn.down.arrow is Arrow.VALIDATED
    assert "Friday, May 29 at 14:00" in drawn.down.text
    assert looks(drawn.development) == (Tone.PLAIN, "Down Align scheduled")
    running = a_move(MoveKind.DOWN_ALIGN, State.RUNNING)
    assert looks(draw(standing(running)).development) == (Tone.BLUE, "Being aligned")


def test_what_went_wrong_is_on_the_environment_that_it_concerns() -> None:
    errored = draw(standing(a_move(state=State.ERRORED)))
    assert looks(errored.staging) == (Tone.RED, "A person must look")
    assert errored.to_staging.arrow is Arrow.NONE
    drawn = draw(replace(standing(a_move(state=State.ERRORED)), putting_back=True))
    assert looks(drawn.staging) == (Tone.RED, "Being put back again")
    failed = a_move(state=State.FAILED, ended_at=NOON)
    drawn = draw(standing(latest={Kind.STAGING: failed}))
    assert looks(drawn.staging) == (Tone.AMBER, "Put back as it was")


def test_what_waits_for_its_test_is_said_until_something_goes_wrong() -> None:
    done = a_move(state=State.COMPLETED, ended_at=NOON)
    drawn = draw(standing(latest={Kind.STAGING: done}, to_test=True))
    assert looks(drawn.staging) == (Tone.GREEN, "Ready to be tested")
    assert drawn.staging.facts == ("MovedToStaging", "May 29")
    failed = replace(done, state=State.FAILED)
    drawn = draw(standing(latest={Kind.STAGING: failed}, to_test=True))
    assert drawn.staging.tone is Tone.AMBER


def test_the_running_one_of_two_moves_is_drawn() -> None:
    later = a_move(state=State.PROPOSED)
    running = a_move(state=State.RUNNING, begun_at=NOON)
    assert draw(standing(later, running)).to_staging.arrow is Arrow.RUNNING


def test_an_undo_is_said_where_it_happens() -> None:
    undo = a_move(MoveKind.UNDO, State.VALIDATED)
    assert draw(standing(undo)).production.says == "Undo planned"
