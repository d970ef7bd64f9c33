"""Books that were restored from a backup: nothing is carried on, no number is given out twice."""

from pathlib import Path

import pytest

from acme_books import Acme
from commands import Command
from journeys import end, to_staging
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Kind
from liftlock.domain.installations import BooksMoved
from liftlock.domain.moves import MoveId
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import Cause, State
from liftlock.environments import names
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.servers import as_keeper
from liftlock.services import findings, installations, moves, restore_points, runs
from liftlock.workflows import engine, restoring
from liftlock.workflows.carrying import workflow_of
from postgres import Server
from probing import begun

LATER = 41
"""A move that ran after the backup, so that these books never heard of it."""


@pytest.fixture
def copied(own_acme: Acme) -> Acme:
    """Acme's books as a backup would have them, with a move that ran when it was made."""
    engine.migrate(own_acme.url)
    return own_acme


def carry_off(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE installations SET database_id = 'elsewhere:1'")


def enqueued(acme: Acme) -> MoveId:
    move = begun(acme)
    with acme.books.transaction() as tx:
        known = runs.load(tx, move)
        engine.enqueue(tx, workflow_of(known.kind), str(move), move, known.organisation)
    return move


def made_beside(acme: Acme, live: Parts, move: int, *, attempt: int | None = None) -> str:
    """Make what a move would have left beside Staging's SystemDB; return its name."""
    with acme.books.transaction() as tx:
        installation = installations.load(tx).name
    database = live.systemdb
    name = (
        names.restore_point_name(installation, move, database.name)
        if attempt is None
        else names.copy_name(installation, move, attempt, database.name)
    )
    with as_keeper(database, database.maintenance) as connection:
        _ = connection.execute(f'CREATE DATABASE "{name}"'.encode())
    mark = OwnerMark(installation=installation, move=move, attempt=attempt or 1)
    names.write_mark(database.at(name), mark)
    return name


def said(acme: Acme) -> str:
    with acme.books.transaction() as tx:
        return "\n".join(each.said for each in findings.of_everything(tx))


@pytest.mark.parametrize("word", ["init", "serve", "work", "doctor"])
def test_books_in_another_database_are_refused_until_somebody_has_said_so(
    acme: Acme, master_key_path: Path, liftlock_alone: Command, word: str
) -> None:
    carry_off(acme)
    refused = liftlock_alone(
        word,
        LIFTLOCK_DATABASE_URL=acme.url.get_secret_value(),
        LIFTLOCK_MASTER_KEY_FILE=str(master_key_path),
    )
    assert (refused.code, refused.out) == (5, "")
    assert "liftlock init --restored" in refused.err


def test_restored_books_carry_nothing_on_and_number_moves_anew(
    copied: Acme, master_key_path: Path, liftlock_alone: Command
) -> None:
    move = enqueued(copied)
    _ = made_beside(copied, copied.parts[Kind.STAGING], LATER)
    carry_off(copied)
    done = liftlock_alone(
        "init",
        "--restored",
        "--json",
        LIFTLOCK_DATABASE_URL=copied.url.get_secret_value(),
        LIFTLOCK_MASTER_KEY_FILE=str(master_key_path),
    )
    assert (done.code, done.document["errored"], done.document["next_move"]) == (0, [move], 10_001)
    with copied.books.transaction() as tx:
        installations.require_current(tx)
        standing = engine.standing(tx, [str(move)])
        shown = moves.show(tx, copied.dora, move).move
        record = tx.connection.execute("SELECT tag FROM audit_events").fetchall()
    assert standing[str(move)].is_over
    assert (shown.state, shown.cause) == (State.ERRORED, Cause.BROKE)
    assert "backup" in shown.cause_said
    assert (Tag.BOOKS_RESTORED,) in record
    with copied.books.transaction() as tx:
        _ = moves.resolve(tx, copied.ana, move, How.MARK_AS_REPAIRED, "looked")
    assert to_staging(copied).id == 10_001


def test_a_put_back_that_was_asked_for_before_the_backup_is_not_carried_out(copied: Acme) -> None:
    move = begun(copied)
    with copied.books.transaction() as tx:
        _ = runs.end(tx, move, State.ERRORED, cause=Cause.BROKE, said="It broke.")
    with copied.books.transaction() as tx:
        _ = moves.resolve(tx, copied.ana, move, How.PUT_BACK_AGAIN)
    with copied.books.transaction() as tx:
        _ = restoring.settle(tx)
    with copied.books.transaction() as tx:
        assert runs.begin_put_backs(tx) == []
        assert runs.putting_back(tx) == ()


def test_restored_twice_from_one_backup_no_number_comes_again(copied: Acme) -> None:
    _ = made_beside(copied, copied.parts[Kind.STAGING], 10_007)
    with copied.books.transaction() as tx:
        assert restoring.settle(tx).next_move == 20_001


def test_doctor_says_what_stands_beside_and_is_not_in_the_books(
    copied: Acme, servers: dict[Kind, Server]
) -> None:
    del servers
    live = copied.parts[Kind.STAGING]
    assert "older" not in said(copied)
    unknown = made_beside(copied, live, LATER)
    left = made_beside(copied, live, LATER, attempt=2)
    folder = names.files_restore_point(live.files, installation_of(copied), LATER)
    folder.mkdir()
    found = said(copied)
    assert f"move {LATER}, which these books do not know: they are older" in found
    assert f'DROP DATABASE "{unknown}";' in found
    assert f"Database {left} is left over from move {LATER}" in found
    assert f"rm -r {folder}" in found
    with as_keeper(live.systemdb, live.systemdb.maintenance) as connection:
        for name in (unknown, left):
            _ = connection.execute(f'DROP DATABASE "{name}"'.encode())
    folder.rmdir()
    assert str(LATER) not in said(copied)


def test_doctor_says_what_the_books_list_and_is_not_there(copied: Acme) -> None:
    move = begun(copied)
    with copied.books.transaction() as tx:
        restore_points.record(tx, move, 4096)
        known = runs.load(tx, move)
    assert f"move {move}" not in said(copied)
    _ = end(copied, known)
    assert f"The books list a restore point of move {move}, and nothing of it is there" in said(
        copied
    )


def test_doctor_names_a_database_that_is_gone(copied: Acme) -> None:
    systemdb = copied.parts[Kind.STAGING].systemdb
    with as_keeper(systemdb, systemdb.maintenance) as connection:
        _ = connection.execute(f'ALTER DATABASE "{systemdb.name}" RENAME TO away_for_now'.encode())
    try:
        assert f"Database {systemdb.name} is not on its server" in said(copied)
    finally:
        with as_keeper(systemdb, systemdb.maintenance) as connection:
            back = f'ALTER DATABASE away_for_now RENAME TO "{systemdb.name}"'
            _ = connection.execute(back.encode())


def installation_of(acme: Acme) -> str:
    with acme.books.transaction() as tx:
        return installations.load(tx).name


def test_books_that_say_nothing_of_a_place_are_at_home(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE installations SET database_id = NULL")
        installations.require_current(tx)
        _ = installations.prepare(tx, zone="UTC")
        _ = tx.connection.execute("UPDATE installations SET database_id = 'x' || database_id")
        with pytest.raises(BooksMoved):
            installations.require_current(tx)
