"""Booking times: holds, maintenance, and what a refusal says."""

from datetime import date, datetime, timedelta

import pytest

from acme_books import Acme
from journeys import down_align, to_staging
from liftlock.domain.audit_events import Tag
from liftlock.domain.maintenance import MaintenanceNotFound, MaintenanceReasonMissing
from liftlock.domain.organisations import OrganisationId, OrganisationNotFound
from liftlock.domain.people import Person
from liftlock.domain.prerequisites import PrerequisiteMissing
from liftlock.domain.slots import (
    BeyondTwelveMonths,
    Hold,
    HoldNotFound,
    InThePast,
    OffTheGrid,
    Purpose,
    SlotId,
    SlotTaken,
)
from liftlock.domain.statuses import MoveKind
from liftlock.domain.wall_times import TimeDoesNotExist, TimeIsAmbiguous
from liftlock.identity.who_may import NotAllowed
from liftlock.services import audit_events, moves, slots
from liftlock.services.slots import At, Held, Soon

MINUTE = timedelta(minutes=1)
MAY_1 = datetime.fromisoformat("2026-05-01T10:02:00+00:00")


def today(acme: Acme, hour: int, minute: int = 0, days: int = 2) -> At:
    with acme.books.transaction() as tx:
        return At(day=(tx.now + timedelta(days=days)).date(), hour=hour, minute=minute)


def hold(acme: Acme, who: Person, when: At | Soon, kind: MoveKind = MoveKind.DOWN_ALIGN) -> Hold:
    with acme.books.transaction() as tx:
        return slots.hold(tx, who, acme.organisation.id, kind, when)


def test_a_hold_lasts_half_an_hour_and_turns_into_the_proposal(acme: Acme) -> None:
    held = hold(acme, acme.ana, today(acme, 22), MoveKind.MOVE_TO_STAGING)
    assert held.until - held.slot.interval.begin < timedelta()
    move = to_staging(acme, Held())
    assert move.slot == held.slot
    with acme.books.transaction() as tx:
        calendar = slots.calendar(tx, acme.eve, acme.organisation.id)
    assert [(busy.purpose, busy.said) for busy in calendar] == [
        (Purpose.MOVE, "Move to Staging, booked by Ana")
    ]
    with pytest.raises(HoldNotFound):
        _ = down_align(acme, Held())


def test_a_held_time_is_told_to_others(acme: Acme) -> None:
    _ = hold(acme, acme.ana, today(acme, 22))
    with pytest.raises(SlotTaken, match=r"being booked by Ana, until .* Next free: .* at 02:00"):
        _ = hold(acme, acme.dora, today(acme, 23))


def test_a_new_hold_replaces_the_former_one(acme: Acme) -> None:
    _ = hold(acme, acme.ana, today(acme, 22))
    _ = hold(acme, acme.ana, today(acme, 22, 5))
    with acme.books.transaction() as tx:
        assert len(slots.calendar(tx, acme.ana, acme.organisation.id)) == 1
        slots.release(tx, acme.ana)
        assert slots.calendar(tx, acme.ana, acme.organisation.id) == ()
    with pytest.raises(HoldNotFound), acme.books.transaction() as tx:
        slots.release(tx, acme.ana)


def test_whoever_books_next_ends_holds_that_are_over(acme: Acme) -> None:
    held = hold(acme, acme.ana, today(acme, 22))
    with acme.at(held.until) as tx:
        mine = slots.hold(tx, acme.dora, acme.organisation.id, MoveKind.DOWN_ALIGN, today(acme, 22))
        assert [busy.said for busy in slots.calendar(tx, acme.eve, acme.organisation.id)] == [
            "being booked by Dora"
        ]
    assert mine.slot.interval == held.slot.interval


def test_a_hold_that_is_over_cannot_become_a_move(acme: Acme) -> None:
    held = hold(acme, acme.ana, today(acme, 22))
    with pytest.raises(HoldNotFound), acme.at(held.until) as tx:
        _ = slots.book(
            tx,
            acme.ana,
            acme.organisation,
            kind=MoveKind.DOWN_ALIGN,
            when=Held(),
            target=acme.development,
        )


def test_a_hold_for_as_soon_as_possible_moves_to_what_is_soonest(acme: Acme) -> None:
    held = hold(acme, acme.ana, Soon())
    with acme.at(held.slot.interval.begin + 17 * MINUTE) as tx:
        _, slot = slots.book(
            tx,
            acme.ana,
            acme.organisation,
            kind=MoveKind.DOWN_ALIGN,
            when=Held(),
            target=acme.development,
        )
    assert slot.interval.begin == held.slot.interval.begin + 15 * MINUTE


def test_as_soon_as_possible_begins_at_the_running_mark_and_is_half_an_hour_longer(
    acme: Acme,
) -> None:
    with acme.at(MAY_1) as tx:
        held = slots.hold(tx, acme.ana, acme.organisation.id, MoveKind.DOWN_ALIGN, Soon())
    assert held.slot.interval.begin == MAY_1 - 2 * MINUTE
    assert held.slot.interval.length == timedelta(hours=4, minutes=30)
    assert held.slot.wall == datetime(2026, 5, 1, 12, 0)  # noqa: DTZ001  what the wall shows


@pytest.mark.parametrize(
    ("when", "refusal"),
    [
        (At(day=date(2026, 5, 29), hour=22, minute=3), OffTheGrid),
        (At(day=date(2026, 5, 29), hour=24, minute=0), OffTheGrid),
        (At(day=date(2026, 4, 30), hour=22, minute=0), InThePast),
        (At(day=date(2027, 5, 2), hour=9, minute=0), BeyondTwelveMonths),
        (At(day=date(2027, 3, 28), hour=2, minute=30), TimeDoesNotExist),
        (At(day=date(2026, 10, 25), hour=2, minute=30), TimeIsAmbiguous),
    ],
)
def test_times_that_cannot_be_booked(acme: Acme, when: At, refusal: type[Exception]) -> None:
    with pytest.raises(refusal), acme.at(MAY_1) as tx:
        _ = slots.hold(tx, acme.ana, acme.organisation.id, MoveKind.DOWN_ALIGN, when)


def test_of_a_time_that_exists_twice_either_can_be_chosen(acme: Acme) -> None:
    when = At(day=date(2026, 10, 25), hour=2, minute=30, fold=1)
    with acme.at(MAY_1) as tx:
        held = slots.hold(tx, acme.ana, acme.organisation.id, MoveKind.DOWN_ALIGN, when)
    assert held.slot.interval.begin == datetime.fromisoformat("2026-10-25T01:30:00+00:00")


def test_the_whole_length_is_checked_not_only_the_begin(acme: Acme) -> None:
    _ = hold(acme, acme.ana, today(acme, 22))
    with pytest.raises(SlotTaken):
        _ = hold(acme, acme.dora, today(acme, 18, 5))
    _ = hold(acme, acme.dora, today(acme, 18))


def test_only_administrators_hold_times(acme: Acme) -> None:
    for who in (acme.ben, acme.eve, acme.pat, acme.operator):
        with pytest.raises((PrerequisiteMissing, NotAllowed)):
            _ = hold(acme, who, today(acme, 22))


def test_maintenance_takes_a_slot_like_a_move_and_can_be_canceled(acme: Acme) -> None:
    when = today(acme, 22)
    with acme.books.transaction() as tx:
        booked = slots.book_maintenance(
            tx, acme.cem, acme.production.id, when, length=timedelta(hours=1), reason="new disks"
        )
    with pytest.raises(SlotTaken, match=r"maintenance \(new disks\), booked by Cem"):
        _ = hold(acme, acme.ana, when)
    with pytest.raises(PrerequisiteMissing), acme.books.transaction() as tx:
        slots.cancel_maintenance(tx, acme.ana, acme.organisation.id, booked.id)
    with acme.books.transaction() as tx:
        slots.cancel_maintenance(tx, acme.operator, acme.organisation.id, booked.id)
        events = audit_events.list_all(tx, acme.eve, acme.organisation.id, at_most=1)
        assert [event.tag for event in events] == [Tag.MAINTENANCE_CANCELED]
    _ = hold(acme, acme.ana, when)


def test_maintenance_says_what_for(acme: Acme) -> None:
    with pytest.raises(MaintenanceReasonMissing), acme.books.transaction() as tx:
        _ = slots.book_maintenance(
            tx,
            acme.operator,
            acme.staging.id,
            today(acme, 22),
            length=timedelta(hours=1),
            reason=" ",
        )
    with pytest.raises(MaintenanceNotFound), acme.books.transaction() as tx:
        slots.cancel_maintenance(tx, acme.operator, acme.organisation.id, SlotId(4711))


def test_a_moves_booking_is_no_maintenance_that_could_be_canceled(acme: Acme) -> None:
    move = down_align(acme)
    with acme.books.transaction() as tx:
        rows: list[tuple[int]] = tx.connection.execute("SELECT slot_id FROM moves").fetchall()
    with pytest.raises(MaintenanceNotFound), acme.books.transaction() as tx:
        slots.cancel_maintenance(tx, acme.operator, acme.organisation.id, SlotId(rows[0][0]))
    with acme.books.transaction() as tx:
        assert moves.show(tx, acme.eve, move.id).move.holds_slot


def test_a_freeze_makes_times_unavailable(acme: Acme) -> None:
    when = today(acme, 22)
    freeze = """
        INSERT INTO freezes (organisation_id, environment_id, during, reason, entered_by,
                             entered_at)
        SELECT %s, %s, tstzrange(now(), now() + interval '9 days'), 'year end', %s, now()
    """
    with acme.books.transaction() as tx:
        given = (acme.organisation.id, acme.staging.id, acme.operator.id)
        _ = tx.connection.execute(freeze, given)
    with pytest.raises(SlotTaken, match="year end"):
        _ = hold(acme, acme.ana, when, MoveKind.MOVE_TO_STAGING)
    _ = hold(acme, acme.ana, when, MoveKind.DOWN_ALIGN)
    with acme.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE freezes SET environment_id = NULL")
    with pytest.raises(SlotTaken, match="year end"):
        _ = hold(acme, acme.ana, when, MoveKind.DOWN_ALIGN)


def test_another_organisations_calendar_is_not_found(acme: Acme) -> None:
    with pytest.raises(OrganisationNotFound), acme.books.transaction() as tx:
        _ = slots.calendar(tx, acme.ana, OrganisationId(acme.organisation.id + 1))
