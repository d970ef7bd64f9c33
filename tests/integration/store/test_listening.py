"""Listening to the books: every change is heard once it is committed, also after an outage."""

import threading
from collections import Counter

import pytest

from acme_books import Acme
from eventually import eventually
from journeys import down_align
from liftlock.books import Books
from liftlock.domain.moves import MoveId
from past_moves import running, step_begins, step_ends, step_says
from postgres import Server

LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'liftlock:listener' "
    "AND datname = %(name)s"
)
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'liftlock:listener' AND datname = %(name)s"
)


class Ear:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def __call__(self) -> None:
        with self._lock:
            self._count += 1

    @property
    def count(self) -> int:
        with self._lock:
            return self._count

    def hears(self, before: int) -> bool:
        return eventually(lambda: self.count > before)


def name_of(books: Books) -> str:
    with books.transaction() as tx:
        return tx.connection.info.dbname


def listeners(server: Server, books: Books) -> list[tuple[int]]:
    with server.superuser() as connection:
        return connection.execute(LISTENERS, {"name": name_of(books)}).fetchall()


def test_each_change_of_a_move_and_of_its_steps_is_heard(acme: Acme) -> None:
    move = running(acme).id
    ear = Ear()
    with acme.books.listen(f"move {move}", ear):
        assert ear.hears(0)
        for act in (
            lambda: step_begins(acme, move, "verify"),
            lambda: step_says(acme, move, "verify", "half", done=1, of=2),
            lambda: step_ends(acme, move, "verify"),
        ):
            before = ear.count
            act()
            assert ear.hears(before)


def test_only_who_asked_for_a_topic_hears_of_it(acme: Acme) -> None:
    move = running(acme).id
    this, other = Ear(), Ear()
    with acme.books.listen(f"move {move}", this), acme.books.listen("move 999", other):
        assert this.hears(0)
        assert other.hears(0)
        before = this.count, other.count
        step_begins(acme, move, "verify")
        assert this.hears(before[0])
        assert other.count == before[1]


def _change_and_break(acme: Acme, move: MoveId) -> None:
    with acme.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE moves SET attempt = 9 WHERE id = %s", (move,))
        raise ZeroDivisionError


def test_nothing_is_heard_of_what_was_taken_back(acme: Acme) -> None:
    move = running(acme).id
    ear = Ear()
    with acme.books.listen(f"move {move}", ear):
        assert ear.hears(0)
        before = ear.count
        with pytest.raises(ZeroDivisionError):
            _change_and_break(acme, move)
        step_begins(acme, move, "verify")
        assert ear.hears(before)
        assert ear.count == before + 1


def test_after_an_outage_everybody_is_told_to_look(acme: Acme, books_server: Server) -> None:
    move = down_align(acme).id
    ear = Ear()
    with acme.books.listen(f"move {move}", ear):
        assert ear.hears(0)
        before = ear.count
        with books_server.superuser() as connection:
            _ = connection.execute(CUT, {"name": name_of(acme.books)})
        assert ear.hears(before)


def test_one_connection_serves_everybody_and_ends_with_the_books(
    acme: Acme, books_server: Server
) -> None:
    ears = [Ear() for _ in range(5)]
    with acme.books.listen("move 1", ears[0]), acme.books.listen("move 1", ears[1]):
        assert all(ear.hears(0) for ear in ears[:2])
        assert len(listeners(books_server, acme.books)) == 1
    before = Counter(ear.count for ear in ears[:2])
    with acme.books.listen("move 2", ears[2]):
        pass
    assert Counter(ear.count for ear in ears[:2]) == before
