"""The server of the books, the target or the source is restarted, at once, inside a step."""

from dataclasses import dataclass

import pytest

from liftlock.domain.environments import Kind
from liftlock.domain.statuses import MoveKind, State
from postgres import Server
from striking import Strike
from town import Town

BOOKS = "books"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Which server is restarted, and where the move is then."""

    server: Kind | str
    act: str
    said: str = ""


RESTARTS = (
    Restart(server=BOOKS, act="swap", said="renaming databases"),
    Restart(server=Kind.DEVELOPMENT, act="swap", said="renaming databases"),
    Restart(server=Kind.DEVELOPMENT, act="preserve"),
    Restart(server=Kind.PRODUCTION, act="copy_and_mask", said="copying"),
)


@pytest.mark.parametrize("restart", RESTARTS, ids=lambda r: f"{r.server}, {r.act}")
def test_the_move_goes_on_when_a_server_is_restarted(
    town: Town, books_server: Server, restart: Restart
) -> None:
    server = books_server if restart.server == BOOKS else town.servers[Kind(restart.server)]
    strike = Strike(act=restart.act, said=restart.said, folder=str(town.folder))
    move_id = town.schedule(MoveKind.DOWN_ALIGN)
    _ = town.start_worker(strike)
    town.await_strike(strike)
    server.embedded.stop(immediately=True)
    server.embedded.start()
    strike.go_on()
    ended = town.await_end(move_id)
    assert ended.state is State.COMPLETED, ended.cause_said
    assert town.is_open(Kind.DEVELOPMENT)
