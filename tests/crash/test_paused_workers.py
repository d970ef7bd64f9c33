"""A worker is paused at the last moment before a change is permanent, and comes back too late.

Another has taken its move over and finished by then. What is on the servers and on the disk proves
that the first one changed nothing any more.
"""

import signal
from dataclasses import dataclass

import psycopg
import pytest

from compare import left_over
from eventually import eventually
from liftlock.domain.environments import Kind
from liftlock.domain.moves import TARGET
from liftlock.domain.statuses import MoveKind, State
from liftlock.environments import identities
from liftlock.services import moves
from striking import Strike
from town import Town, WorkerProcess

UP, DOWN = MoveKind.MOVE_TO_PRODUCTION, MoveKind.DOWN_ALIGN


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a worker is paused: its act has just been told that it may."""

    kind: MoveKind
    act: str
    said: str
    stopped: bool = False
    """Whether a person stops the move meanwhile, so that the other worker puts the target back."""


MOMENTS = (
    Moment(kind=DOWN, act="swap", said="renaming databases"),
    Moment(kind=DOWN, act="swap", said="renaming directories", stopped=True),
    Moment(kind=DOWN, act="drain", said="ending sessions"),
    Moment(kind=UP, act="install", said="installing the files", stopped=True),
    Moment(kind=UP, act="install", said="acme.crm 1.0 is installed", stopped=True),
)


def paused_at(town: Town, moment: Moment) -> WorkerProcess:
    """Start a worker and pause it at this moment."""
    strike = Strike(act=moment.act, said=moment.said, folder=str(town.folder))
    worker = town.start_worker(strike)
    town.await_strike(strike)
    worker.process.send_signal(signal.SIGSTOP)
    strike.go_on()
    return worker


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda m: f"{m.act}, {m.said}")
def test_who_comes_back_too_late_changes_nothing(town: Town, moment: Moment) -> None:
    if moment.kind is UP:
        town.has_tested()
    target = TARGET[moment.kind]
    move_id = town.schedule(moment.kind)
    paused = paused_at(town, moment)
    if moment.stopped:
        with town.acme.books.transaction() as tx:
            _ = moves.stop(tx, town.acme.dora, move_id)
    _ = town.start_worker()
    ended = town.await_end(move_id)
    expected = State.FAILED if moment.stopped else State.COMPLETED
    assert ended.state is expected, ended.cause_said
    was = what_is_there(town, target)
    with a_client(town, target) as client:
        paused.process.send_signal(signal.SIGCONT)
        eventually(lambda: town.workers() == 2, 30)
        assert paused.ask_to_end() == 0
        _ = client.execute("SELECT 1")
    assert what_is_there(town, target) == was
    assert town.move(move_id) == ended


def a_client(town: Town, kind: Kind) -> psycopg.Connection:
    """Return somebody at work in the application's database."""
    return psycopg.connect(town.acme.parts[kind].systemdb.application_conninfo())


def what_is_there(town: Town, kind: Kind) -> object:
    parts, server = town.acme.parts[kind], town.servers[kind]
    return (
        town.picture(kind),
        dict(identities.identity(parts)),
        left_over(parts, server),
        sorted(path.name for path in parts.files.parent.iterdir()),
        town.told(kind),
    )
