"""Time goes wrong: a move begins late, runs over its slot, or runs while clocks are changed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from acme_books import Acme
from journeys import STEP_NAMES, now
from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import Move
from liftlock.domain.notifications import Notification
from liftlock.domain.people import Person
from liftlock.domain.statuses import State
from liftlock.services import moves, notifications, overruns, proposals, runs, slots
from liftlock.services.proposals import DownAlignWish
from liftlock.services.slots import At
from liftlock.workflows import expiring
from own_books import books_at

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
"""At 1:00 UTC clocks in Paris go from 2:00 to 3:00, and from 3:00 to 2:00."""


def booked(acme: Acme, when: At, at: datetime) -> Move:
    """Book a Down Align at a time of its own, by Ana."""
    wish = DownAlignWish(
        organisation=acme.organisation.id, when=when, systemdb_and_files=True, data=True
    )
    with acme.at(at) as tx:
        return proposals.schedule_down_align(tx, acme.ana, wish)


def begun(acme: Acme, move: Move, late: timedelta = timedelta()) -> Move:
    with acme.at(move.slot.interval.begin + late) as tx:
        (found,) = runs.begin_due(tx, STEP_NAMES)
    assert found.id == move.id
    return found


def told(acme: Acme, who: Person, tag: Tag) -> list[Notification]:
    with acme.books.transaction() as tx:
        return [each for each in notifications.list_all(tx, who) if each.tag is tag]


@pytest.fixture
def yesterday() -> datetime:
    return datetime(2027, 5, 6, 8, tzinfo=UTC)


@pytest.fixture
def running(acme: Acme, yesterday: datetime) -> Move:
    return begun(acme, booked(acme, At(day=date(2027, 5, 7), hour=9, minute=0), yesterday))


def test_a_late_begin_is_told(acme: Acme, yesterday: datetime) -> None:
    move = booked(acme, At(day=date(2027, 5, 7), hour=9, minute=0), yesterday)
    _ = begun(acme, move, 25 * MINUTE)
    (message,) = told(acme, acme.dora, Tag.MOVE_BEGUN)
    assert "It begins 25 minutes late." in message.said


def test_an_overrun_is_told_once_with_what_it_delays(
    acme: Acme, running: Move, yesterday: datetime
) -> None:
    ends = running.slot.interval.end
    after = ends.astimezone(UTC)
    wall = after + 2 * HOUR  # Paris in May
    second = booked(acme, At(day=wall.date(), hour=wall.hour, minute=wall.minute), yesterday)
    assert second.slot.interval.begin == ends
    for moment, count in ((ends - MINUTE, 0), (ends, 1), (ends + MINUTE, 0)):
        with books_at(acme.url, acme.key, moment) as books:
            _ = expiring.look(books)
        assert len(told(acme, acme.ana, Tag.MOVE_OVERRAN)) == (moment >= ends), count
    (message,) = told(acme, acme.dora, Tag.MOVE_OVERRAN)
    assert message.title == f"Down Align {running.id} runs longer than its time"
    assert "It delays what begins on" in message.said
    assert "Down Align, booked by Ana" in message.said
    with acme.at(ends + MINUTE) as tx:
        assert runs.begin_due(tx, STEP_NAMES) == []
    assert [m.move for m in told(acme, acme.dora, Tag.MOVE_DELAYED)] == [second.id]


def test_who_booked_maintenance_hears_of_what_may_delay_it(acme: Acme, running: Move) -> None:
    ends = running.slot.interval.end
    with acme.at(ends - HOUR / 2) as tx:
        when = At(day=date(2027, 5, 8), hour=9, minute=0)
        _ = slots.book_maintenance(
            tx, acme.cem, acme.production.id, when, length=HOUR, reason="new disks"
        )
    with acme.at(ends + MINUTE) as tx:
        assert overruns.tell(tx) == 1
        assert overruns.tell(tx) == 0
    (message,) = told(acme, acme.cem, Tag.MOVE_OVERRAN)
    assert "If it still runs on Saturday, May 8 at 09:00, it delays" in message.said
    assert "new disks" in message.said


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_move_runs_through_a_change_of_clocks_as_long_as_it_runs(acme: Acme, day: date) -> None:
    change = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    move = booked(acme, At(day=day, hour=1, minute=0), change - 20 * HOUR)
    length = move.slot.length
    assert move.slot.interval.begin < change < move.slot.interval.end
    _ = begun(acme, move)
    for moment in (change - MINUTE, change, change + MINUTE):
        with acme.at(moment) as tx:
            shown = moves.show(tx, acme.dora, move.id)
            assert overruns.tell(tx) == 0
        assert shown.predicted_end == move.slot.interval.begin + length
    took = change + 12 * MINUTE - move.slot.interval.begin
    with acme.at(change + 12 * MINUTE) as tx:
        _ = runs.end(tx, move.id, State.COMPLETED)
    assert now(acme, move).state is State.COMPLETED
    with acme.at(change + 13 * MINUTE) as tx:
        learned = slots.length_of(tx, acme.organisation.id, move.kind)
        assert slots.calendar(tx, acme.ana, acme.organisation.id) == ()
    assert timedelta() <= learned - took < 5 * MINUTE


def test_an_end_in_the_double_hour_says_which(acme: Acme) -> None:
    change = datetime(2027, 10, 31, 1, tzinfo=UTC)
    move = booked(acme, At(day=AUTUMN - timedelta(days=1), hour=23, minute=30), change - 20 * HOUR)
    _ = begun(acme, move)
    moment = move.slot.interval.end
    assert moment == change + HOUR / 2
    with acme.at(moment) as tx:
        assert overruns.tell(tx) == 1
    (message,) = told(acme, acme.dora, Tag.MOVE_OVERRAN)
    assert "02:30 (UTC+01:00)" in message.said
