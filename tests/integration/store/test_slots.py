"""Bookings: no two live ones of an organisation overlap, whatever the code does."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from acme_books import MakeOrganisation, administrator
from blind import register_blindly
from builders import a_slot
from liftlock.books import Books, Transaction
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person
from liftlock.domain.slots import Interval, Purpose, Slot, SlotId, SlotTaken
from liftlock.store import slots
from liftlock.store.constraints import RuleBroken

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booker:
    tx: Transaction
    organisation: Organisation
    staging: Environment
    ana: Person

    def slot(self, begins_in: timedelta, length: timedelta = HOUR) -> Slot:
        begin = self.tx.now.replace(minute=0, second=0, microsecond=0)
        return a_slot(begin + begins_in, length)

    def book(
        self, begins_in: timedelta, length: timedelta = HOUR, purpose: Purpose = Purpose.MAINTENANCE
    ) -> SlotId:
        return slots.add(
            self.tx,
            self.organisation.id,
            self.slot(begins_in, length),
            purpose=purpose,
            by=self.ana.id,
            environment=self.staging.id,
            expires_at=self.tx.now + HOUR if purpose is Purpose.HOLD else None,
            said="disks",
        )


@pytest.fixture
def booker(books: Books, make_organisation: MakeOrganisation) -> Generator[Booker]:
    with books.transaction() as tx:
        yield a_booker(tx, make_organisation, "acme")


def a_booker(tx: Transaction, make: MakeOrganisation, code: str) -> Booker:
    organisation = make.organisation(tx, code)
    staging = register_blindly(tx, organisation, Kind.STAGING)
    ana = make.person(tx, organisation, "Ana", *administrator(staging.id))
    return Booker(tx=tx, organisation=organisation, staging=staging, ana=ana)


@pytest.mark.parametrize(
    ("begins_in", "length"),
    [
        (timedelta(hours=2), HOUR),
        (timedelta(hours=1), 3 * HOUR),
        (timedelta(hours=2, minutes=55), HOUR),
        (timedelta(hours=1, minutes=5), HOUR),
    ],
)
def test_whatever_overlaps_is_refused_with_what_is_in_the_way(
    booker: Booker, begins_in: timedelta, length: timedelta
) -> None:
    _ = booker.book(timedelta(hours=2))
    with pytest.raises(
        SlotTaken, match=r"maintenance \(disks\), booked by Ana, until .* Next free"
    ):
        _ = booker.book(begins_in, length)


def test_bookings_that_touch_do_not_overlap(booker: Booker) -> None:
    for hours in (2, 3, 1):
        _ = booker.book(timedelta(hours=hours))


def test_what_ended_takes_no_time(booker: Booker) -> None:
    first = booker.book(timedelta(hours=2))
    slots.free(booker.tx, booker.organisation.id, first)
    _ = booker.book(timedelta(hours=2))


def test_moving_a_booking_onto_another_is_refused_and_onto_itself_is_not(booker: Booker) -> None:
    _ = booker.book(timedelta(hours=2))
    own = booker.book(timedelta(hours=4))
    later = booker.slot(timedelta(hours=4, minutes=30))
    slots.rebook(booker.tx, booker.organisation.id, own, later, purpose=Purpose.MAINTENANCE)
    onto = booker.slot(timedelta(hours=2))
    with pytest.raises(SlotTaken):
        slots.rebook(booker.tx, booker.organisation.id, own, onto, purpose=Purpose.MAINTENANCE)


def test_two_organisations_do_not_stand_in_each_others_way(
    booker: Booker, make_organisation: MakeOrganisation
) -> None:
    _ = booker.book(timedelta(hours=2))
    _ = a_booker(booker.tx, make_organisation, "beta").book(timedelta(hours=2))


def test_one_hold_a_person(booker: Booker) -> None:
    _ = booker.book(timedelta(hours=2), purpose=Purpose.HOLD)
    with pytest.raises(RuleBroken, match="slots_one_hold_a_person"):
        _ = booker.book(timedelta(hours=5), purpose=Purpose.HOLD)


def test_a_time_off_the_grid_is_refused_by_the_database_too(booker: Booker) -> None:
    with pytest.raises(RuleBroken, match="slots_on_the_grid"):
        _ = booker.book(timedelta(hours=2, minutes=3))


def test_a_hold_that_is_over_is_not_in_the_way(booker: Booker) -> None:
    _ = booker.book(timedelta(hours=2), purpose=Purpose.HOLD)
    _ = booker.tx.connection.execute("UPDATE slots SET expires_at = booked_at")
    assert slots.busy(booker.tx, booker.organisation.id) == []
    slots.end_expired_holds(booker.tx, booker.organisation.id)
    _ = booker.book(timedelta(hours=2))


def test_the_calendar_has_what_is_ahead_in_order(booker: Booker) -> None:
    for hours in (5, 2):
        _ = booker.book(timedelta(hours=hours))
    _ = booker.book(timedelta(hours=-5))
    found = [busy.interval for busy in slots.busy(booker.tx, booker.organisation.id)]
    begins = [booker.slot(timedelta(hours=hours)).interval for hours in (2, 5)]
    assert found == begins
    assert all(isinstance(interval, Interval) for interval in found)
