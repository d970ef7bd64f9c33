"""A move may run while the clocks change; one that every worker slept over expires."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from acme_books import Acme
from journeys import STEP_NAMES, down_align, now
from liftlock.domain.moves import Move
from liftlock.domain.statuses import Cause, State
from liftlock.services import runs, slots
from liftlock.services.slots import At
from own_books import ZONE

HOURS = timedelta(hours=4)
"""The first guess of a Down Align's length."""


def day_of_change(acme: Acme, shift: timedelta) -> date:
    """Return the next day on which the platform's clocks are put forward (or back) so far."""
    zone = ZoneInfo(ZONE)
    with acme.books.transaction() as tx:
        noons = [tx.now.astimezone(zone).replace(hour=12) + timedelta(days=n) for n in range(360)]
    return next(
        after.date()
        for before, after in pairwise(noons)
        if (after.utcoffset() or shift) - (before.utcoffset() or shift) == shift
    )


def begun_at_one(acme: Acme, day: date) -> Move:
    """Book a Down Align for the night of the change, and let it begin."""
    move = down_align(acme, At(day=day, hour=1, minute=0))
    with acme.at(move.slot.interval.begin) as tx:
        assert [m.id for m in runs.begin_due(tx, STEP_NAMES)] == [move.id]
    return now(acme, move)


@pytest.mark.parametrize(("shift_h", "shown"), [(1, 6), (-1, 4)], ids=["spring", "autumn"])
def test_a_slot_over_the_change_is_as_long_as_any_other(
    acme: Acme, shift_h: int, shown: int
) -> None:
    move = begun_at_one(acme, day_of_change(acme, timedelta(hours=shift_h)))
    interval = move.slot.interval
    assert interval.end - interval.begin == HOURS
    assert interval.end.astimezone(ZoneInfo(ZONE)).hour == shown
    last = interval.end - timedelta(minutes=1)
    with acme.at(last) as tx:
        (entry,) = slots.calendar(tx, acme.ana, acme.organisation.id)
        assert entry.interval.end == interval.end
        _ = runs.end(tx, move.id, State.COMPLETED)
    ended = now(acme, move)
    assert ended.begun_at is not None
    assert ended.ended_at is not None
    assert ended.ended_at - ended.begun_at == HOURS - timedelta(minutes=1)


def test_what_every_worker_has_slept_over_expires_as_late(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        day = (tx.now + timedelta(days=2)).date()
    move = down_align(acme, At(day=day, hour=9, minute=0))
    with acme.at(move.slot.interval.begin + timedelta(minutes=31)) as tx:
        assert runs.begin_due(tx, STEP_NAMES) == []
    found = now(acme, move)
    assert (found.status, found.cause) == ("Expired", Cause.LATE)
