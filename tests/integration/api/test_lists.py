"""Lists: with the same number of queries however long they are."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from psycopg import Connection, Cursor
from psycopg.rows import RowFactory, TupleRow, tuple_row

from acme_books import Acme
from journeys import down_align
from liftlock import bootstrap
from liftlock.books import Transaction
from liftlock.domain.wall_times import wall_at
from liftlock.services.slots import At
from liftlock.settings import Settings
from liftlock.web import edge
from own_books import ZONE
from served import Served, key_of, listening

counted = count()


class Counting(Cursor[TupleRow]):
    """Counted where it is made: each statement has a cursor of its own."""

    def __init__(
        self, connection: Connection[TupleRow], *, row_factory: RowFactory[TupleRow] | None = None
    ) -> None:
        _ = next(counted)
        super().__init__(connection, row_factory=row_factory or tuple_row)


def queries_of(acme: Acme, *paths: str) -> list[int]:
    """Return how many statements each request takes."""

    def transaction() -> Iterator[Transaction]:
        with acme.books.transaction() as tx:
            tx.connection.cursor_factory = Counting
            yield tx
            tx.connection.cursor_factory = Cursor[TupleRow]

    app = bootstrap.web_app(acme.books, Settings(home=acme.store.root.parent))
    app.dependency_overrides[edge.transaction] = transaction
    with listening(app) as url:
        served = Served(acme=acme, url=url, keys={"dora": key_of(acme, acme.dora)})
        return [_queries(served, path) for path in paths]


def _queries(served: Served, path: str) -> int:
    before = next(counted)
    assert served.ask("dora", "GET", path).status == 200
    return next(counted) - before


def booked(acme: Acme, days: int) -> None:
    with acme.later(timedelta(days=days)) as tx:
        wall = wall_at(tx.now, ZONE)
    _ = down_align(acme, At(day=wall.date(), hour=9, minute=0))


LISTS = ("/moves", "/slots", "/people", "/packages", "/policies", "/audit-events")


def test_no_list_asks_once_a_row(acme: Acme) -> None:
    booked(acme, 2)
    few = queries_of(acme, *LISTS)
    for days in range(3, 8):
        booked(acme, days)
    assert queries_of(acme, *LISTS) == few


def test_the_audit_record_names_people(served: Served) -> None:
    events = served.ask("eve", "GET", "/audit-events?limit=200").rows("audit_events")
    assert {"Olga Operator", "Ana", "Cem"} <= {event["by"] for event in events}
    assert served.ask("operator", "GET", "/audit-events/check").rows() == []
