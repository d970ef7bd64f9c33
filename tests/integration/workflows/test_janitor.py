"""What the janitor finds: moves that the engine has lost, restore points that may go."""

from collections.abc import Generator
from datetime import timedelta

import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from acme_books import Acme
from aligning import quiet
from compare import left_over
from liftlock.books import Books
from liftlock.domain.environments import Kind
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.resolutions import How, ResolutionState
from liftlock.domain.statuses import Cause, State
from liftlock.environments import names
from liftlock.environments import restore_points as kept
from liftlock.environments.names import OwnerMark
from liftlock.environments.servers import user_of
from liftlock.services import installations, moves, restore_points, runs
from liftlock.store import resolutions
from liftlock.workflows import engine, janitor
from liftlock.workflows.carrying import workflow_of
from liftlock.workflows.due import tick
from postgres import Server
from probing import begun


@pytest.fixture
def swept(own_acme: Acme) -> Generator[Acme]:
    engine.migrate(own_acme.url)
    engine.start(own_acme.url, executor_id="janitor", bodies={}, polling_s=60)
    yield own_acme
    engine.stop()


def shown(acme: Acme, move: MoveId) -> Move:
    with acme.books.transaction() as tx:
        return moves.show(tx, acme.dora, move).move


def hand_over(acme: Acme, move: MoveId) -> None:
    with acme.books.transaction() as tx:
        known = runs.load(tx, move)
        engine.enqueue(tx, workflow_of(known.kind), str(move), move, known.organisation)


def test_a_move_that_the_engine_does_not_know_is_errored(swept: Acme) -> None:
    move = begun(swept)
    janitor.sweep(swept.books)
    lost = shown(swept, move)
    assert (lost.state, lost.cause) == (State.ERRORED, Cause.BROKE)
    assert "Put it back again" in lost.cause_said


def test_a_move_that_the_engine_has_is_left_alone(swept: Acme) -> None:
    move = begun(swept)
    hand_over(swept, move)
    janitor.sweep(swept.books)
    assert shown(swept, move).state is State.RUNNING


def test_a_move_that_the_engine_has_given_up_is_errored(swept: Acme) -> None:
    move = begun(swept)
    hand_over(swept, move)
    with swept.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE dbos.workflow_status SET status = 'ERROR'")
    janitor.sweep(swept.books)
    assert shown(swept, move).state is State.ERRORED


def test_a_put_back_that_the_engine_has_given_up_can_be_asked_for_again(swept: Acme) -> None:
    move = begun(swept)
    janitor.sweep(swept.books)
    ask_to_put_back(swept, move)
    with swept.books.transaction() as tx:
        assert tick(tx) == 1
        _ = tx.connection.execute("UPDATE dbos.workflow_status SET status = 'ERROR'")
    janitor.sweep(swept.books)
    ask_to_put_back(swept, move)
    with swept.books.transaction() as tx:
        found = resolutions.of_move(tx, swept.organisation.id, move)
    assert [r.state for r in found] == [ResolutionState.FAILED, ResolutionState.ASKED]


def ask_to_put_back(acme: Acme, move: MoveId) -> None:
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, move, How.PUT_BACK_AGAIN)


def test_what_waits_too_long_for_a_worker_raises_an_alarm(
    swept: Acme, capsys: pytest.CaptureFixture[str]
) -> None:
    move = begun(swept)
    hand_over(swept, move)
    with swept.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE dbos.workflow_status SET updated_at = updated_at - 4e5")
    janitor.sweep(swept.books)
    assert "move.waits_for_a_worker" in capsys.readouterr().out
    assert shown(swept, move).state is State.RUNNING


def test_a_restore_point_is_dropped_when_it_is_old_and_not_before(
    swept: Acme, servers: dict[Kind, Server]
) -> None:
    live = swept.parts[Kind.DEVELOPMENT]
    move = begun(swept)
    with swept.books.transaction() as tx:
        installation = installations.load(tx).name
        _ = restore_points.record(tx, move, 4096)
        _ = runs.end(tx, move, State.COMPLETED)
    point = names.restore_point_parts(live, installation, move)
    mark = OwnerMark(installation=installation, move=move, attempt=1)
    _ = kept.take_by_template(live, point, mark, quiet)
    there = left_over(live, servers[Kind.DEVELOPMENT])
    assert len(there) == 3
    janitor.sweep(swept.books)
    assert left_over(live, servers[Kind.DEVELOPMENT]) == there
    later = books_later(swept, timedelta(days=8))
    janitor.sweep(later)
    later.close()
    assert left_over(live, servers[Kind.DEVELOPMENT]) == []
    with swept.books.transaction() as tx:
        assert restore_points.list_all(tx, swept.dora, swept.development.id) == ()


def test_the_copies_of_a_move_that_was_marked_as_repaired_are_dropped(
    swept: Acme, servers: dict[Kind, Server]
) -> None:
    live, server = swept.parts[Kind.DEVELOPMENT], servers[Kind.DEVELOPMENT]
    move = begun(swept)
    with swept.books.transaction() as tx:
        copy = names.copy_parts(live, installations.load(tx).name, move, 1)
        _ = runs.end(tx, move, State.ERRORED, cause=Cause.BROKE)
    owner = user_of(live.systemdb.application)
    server.run_as_superuser(f"CREATE DATABASE {copy.systemdb.name} OWNER {owner}")
    copy.files.mkdir()
    janitor.sweep(swept.books)
    assert len(left_over(live, server)) == 2
    with swept.books.transaction() as tx:
        _ = moves.resolve(tx, swept.ana, move, How.MARK_AS_REPAIRED, "by hand")
    janitor.sweep(swept.books)
    assert left_over(live, server) == []


def books_later(acme: Acme, by: timedelta) -> Books:
    """Open the same books with a clock that goes before."""
    with acme.books.transaction() as tx:
        instant = (tx.now + by).isoformat().replace(" ", "T")
    url = make_conninfo(acme.url.get_secret_value(), options=f"-c liftlock.now={instant}")
    return Books(SecretStr(url), acme.key)


def test_what_people_were_told_is_forgotten_after_its_time_and_not_before(swept: Acme) -> None:
    move = begun(swept)
    with swept.books.transaction() as tx:
        _ = runs.end(tx, move, State.COMPLETED)
        _ = tx.connection.execute(
            "INSERT INTO mailings (notification_id, state, next_try_at)"
            " SELECT id, 'waiting', now() FROM notifications"
        )
    janitor.sweep(swept.books)
    assert told(swept) > 0
    janitor.sweep(swept.books, timedelta(0))
    assert told(swept) == 0


def told(acme: Acme) -> int:
    with acme.books.transaction() as tx:
        row = tx.connection.execute("SELECT count(*) FROM notifications").fetchone()
    assert row
    return int(row[0])
