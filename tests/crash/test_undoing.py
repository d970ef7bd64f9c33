"""Undos carried out by a real worker between real environments: of each move, and of an Undo."""

import pytest

from liftlock.domain.environments import Kind
from liftlock.domain.moves import TARGET
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import MoveKind
from liftlock.services import moves
from town import Town


def prepared(town: Town, kind: MoveKind) -> None:
    """Carry out what must have been before."""
    if kind is MoveKind.MOVE_TO_PRODUCTION:
        _ = town.run_through(town.schedule(MoveKind.MOVE_TO_STAGING))


@pytest.mark.parametrize("kind", TARGET)
def test_an_undo_makes_the_target_what_it_was_and_can_be_undone(town: Town, kind: MoveKind) -> None:
    target = TARGET[kind]
    _ = town.start_worker()
    prepared(town, kind)
    before = town.picture(target)
    move = town.run_through(town.schedule(kind))
    after = town.picture(target)
    assert after != before
    undo = town.run_through(town.undo(move.id))
    assert undo.status == "UndoCompleted"
    assert town.picture(target) == before
    undone = town.move(move.id)
    assert undone.status in {"StagingUndone", "ProductionUndone", "Undone"}
    assert town.is_open(target)
    again = town.run_through(town.undo(undo.id))
    assert again.status == "UndoCompleted"
    assert town.picture(target) == after
    assert town.move(undo.id).status == "UndoUndone"
    assert town.move(move.id).status == move.status


def test_an_undo_that_a_check_stops_leaves_all_as_it_was_and_can_be_booked_again(
    town: Town,
) -> None:
    _ = town.start_worker()
    move = town.run_through(town.schedule(MoveKind.DOWN_ALIGN))
    after = town.picture(Kind.DEVELOPMENT)
    failing = town.fail(Kind.DEVELOPMENT, "start")
    errored = town.await_end(town.undo(move.id))
    assert errored.status == "UndoErrored"
    failing.unlink()
    with town.acme.books.transaction() as tx:
        _ = moves.resolve(tx, town.acme.dora, errored.id, How.PUT_BACK_AGAIN)
    town.await_resolution(errored.id)
    assert town.picture(Kind.DEVELOPMENT) == after
    assert town.move(move.id).status == "Completed"
    assert town.run_through(town.undo(move.id)).status == "UndoCompleted"
