"""What is due begins, waits or expires: statuses, causes, and what people are told."""

from datetime import datetime, timedelta

import pytest

from acme_books import Acme
from journeys import (
    STEP_NAMES,
    begin,
    down_align,
    end,
    now,
    to_staging,
    validate,
)
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Kind
from liftlock.domain.move_refusals import NotWaiting, ValidatedTooLate
from liftlock.domain.moves import Move
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.environments.servers import as_application
from liftlock.services import consoles, moves, notifications, organisations, runs, slots
from liftlock.services.slots import At

MINUTE = timedelta(minutes=1)


def tomorrow(acme: Acme, hour: int = 9, minute: int = 0) -> At:
    with acme.books.transaction() as tx:
        return At(day=(tx.now + timedelta(days=2)).date(), hour=hour, minute=minute)


def begin_at(acme: Acme, instant: datetime) -> list[Move]:
    with acme.at(instant) as tx:
        return runs.begin_due(tx, STEP_NAMES)


def ended(acme: Acme, move: Move) -> tuple[str, Cause | None]:
    found = now(acme, move)
    return found.status, found.cause


def test_nothing_begins_before_its_slot(acme: Acme) -> None:
    move = down_align(acme, tomorrow(acme))
    assert begin_at(acme, move.slot.interval.begin - MINUTE) == []
    assert [m.id for m in begin_at(acme, move.slot.interval.begin)] == [move.id]


def test_what_nobody_validated_expires_when_its_slot_begins_and_the_slot_is_free(
    acme: Acme,
) -> None:
    move = to_staging(acme, tomorrow(acme))
    assert begin_at(acme, move.slot.interval.begin) == []
    assert ended(acme, move) == ("StagingExpired", Cause.NOT_VALIDATED)
    with acme.books.transaction() as tx:
        assert slots.calendar(tx, acme.ana, acme.organisation.id) == ()
        for who in (acme.ana, acme.ben):
            told = notifications.list_all(tx, who)[0]
            assert (told.tag, told.move) == (Tag.MOVE_EXPIRED, move.id)


def test_one_booked_as_soon_as_possible_may_be_validated_half_an_hour_late(acme: Acme) -> None:
    move = to_staging(acme)
    begin_ = move.slot.interval.begin
    assert begin_at(acme, begin_ + 29 * MINUTE) == []
    assert now(acme, move).state is State.PROPOSED
    assert begin_at(acme, begin_ + 30 * MINUTE) == []
    assert ended(acme, move) == ("StagingExpired", Cause.NOT_VALIDATED)


def test_an_expired_proposal_cannot_be_validated(acme: Acme) -> None:
    move = to_staging(acme, tomorrow(acme))
    late = move.slot.interval.begin + MINUTE
    with pytest.raises(ValidatedTooLate), acme.at(late) as tx:
        _ = moves.validate(tx, acme.ben, move.id, move.digest)
    _ = begin_at(acme, late)
    with pytest.raises(NotWaiting), acme.at(late) as tx:
        _ = moves.validate(tx, acme.ben, move.id, move.digest)


def test_without_a_worker_a_validated_move_expires_half_an_hour_after_its_slot_began(
    acme: Acme,
) -> None:
    move = down_align(acme, tomorrow(acme))
    assert begin_at(acme, move.slot.interval.begin + 31 * MINUTE) == []
    assert ended(acme, move) == ("Expired", Cause.LATE)


def two_in_a_row(acme: Acme) -> tuple[Move, Move]:
    first = down_align(acme, tomorrow(acme, 9))
    second = down_align(acme, tomorrow(acme, 13))
    assert first.slot.interval.end == second.slot.interval.begin
    assert begin_at(acme, first.slot.interval.begin)
    return first, second


def test_a_due_move_says_that_production_cannot_be_read_until_it_expires_for_that(
    acme: Acme,
) -> None:
    move = to_staging(acme, tomorrow(acme))
    _ = validate(acme, move)
    with acme.books.transaction() as tx:
        _ = tx.connection.execute(
            "UPDATE environment_databases SET name = name || '_gone' WHERE environment_id = %s",
            (acme.production.id,),
        )
    due_at = move.slot.interval.begin + MINUTE
    for _ in range(2):
        assert begin_at(acme, due_at) == []
    with acme.at(due_at + MINUTE) as tx:
        said = consoles.of_move(tx, acme.ben, move.id).why
        told = [m for m in notifications.list_all(tx, acme.ben) if m.tag is Tag.MOVE_DELAYED]
    assert "within seconds" not in said
    assert "and Production cannot be read since" in said
    assert [m.said for m in told] == [told[0].said]
    assert told[0].said.startswith("It is delayed: ")
    assert begin_at(acme, due_at + 30 * MINUTE) == []
    assert ended(acme, move) == ("StagingExpired", Cause.LATE)
    assert "It could not begin within 30 minutes: " in now(acme, move).cause_said


def test_one_that_a_running_move_holds_up_begins_when_the_way_is_free(acme: Acme) -> None:
    first, second = two_in_a_row(acme)
    later = second.slot.interval.begin + 2 * timedelta(hours=1)
    assert begin_at(acme, later) == []
    assert now(acme, second).state is State.VALIDATED
    with acme.books.transaction() as tx:
        told = [n for n in notifications.list_all(tx, acme.ana) if n.tag is Tag.MOVE_DELAYED]
    assert [n.move for n in told] == [second.id]
    with acme.at(later + MINUTE) as tx:
        _ = runs.end(tx, first.id, State.COMPLETED)
    assert [m.id for m in begin_at(acme, later + 20 * MINUTE)] == [second.id]


def test_half_an_hour_after_the_way_was_free_it_expires(acme: Acme) -> None:
    first, second = two_in_a_row(acme)
    later = second.slot.interval.begin + timedelta(hours=1)
    with acme.at(later) as tx:
        _ = runs.end(tx, first.id, State.COMPLETED)
    assert begin_at(acme, later + 31 * MINUTE) == []
    assert ended(acme, second) == ("Expired", Cause.LATE)


def test_it_begins_only_when_its_whole_length_still_fits(acme: Acme) -> None:
    first, second = two_in_a_row(acme)
    third = down_align(acme, tomorrow(acme, 17))
    later = second.slot.interval.begin + timedelta(hours=1)
    with acme.at(later) as tx:
        _ = runs.end(tx, first.id, State.COMPLETED)
    assert begin_at(acme, later + MINUTE) == []
    found = now(acme, second)
    assert (found.status, found.cause) == ("Expired", Cause.LATE)
    assert "no longer fits before Down Align, booked by Ana" in found.cause_said
    assert [m.id for m in begin_at(acme, third.slot.interval.begin)] == [third.id]


def test_behind_an_errored_move_what_is_due_waits_and_expires_as_late(acme: Acme) -> None:
    first, second = two_in_a_row(acme)
    begins = second.slot.interval.begin
    with acme.at(begins + 10 * MINUTE) as tx:
        _ = runs.end(tx, first.id, State.ERRORED, cause=Cause.BROKE, said="undo broke")
    assert begin_at(acme, begins + 29 * MINUTE) == []
    assert now(acme, second).state is State.VALIDATED
    assert begin_at(acme, begins + 30 * MINUTE) == []
    found = now(acme, second)
    assert (found.status, found.cause) == ("Expired", Cause.LATE)
    assert "was not resolved in time" in found.cause_said


def test_a_move_that_ended_frees_the_rest_of_its_slot(acme: Acme) -> None:
    first = down_align(acme)
    _ = begin(acme)
    _ = end(acme, first)
    second = down_align(acme)
    assert second.slot.interval.begin < first.slot.interval.end
    assert [m.id for m in begin(acme)] == [second.id]


def test_a_running_move_that_exceeds_its_slot_is_in_the_way_to_its_predicted_end(
    acme: Acme,
) -> None:
    first = down_align(acme, tomorrow(acme))
    _ = begin_at(acme, first.slot.interval.begin)
    with acme.at(first.slot.interval.end + timedelta(hours=3)) as tx:
        calendar = slots.calendar(tx, acme.ana, acme.organisation.id)
        assert calendar[0].interval.end > tx.now
        assert calendar[0].said == "Down Align, booked by Ana"


def test_the_length_is_learned_from_the_organisations_own_runs(acme: Acme) -> None:
    move = down_align(acme)
    _ = begin(acme)
    with acme.later(timedelta(minutes=42)) as tx:
        _ = runs.end(tx, move.id, State.COMPLETED)
    with acme.books.transaction() as tx:
        learned = slots.length_of(tx, acme.organisation.id, move.kind)
        other = slots.length_of(tx, acme.organisation.id, MoveKind.UNDO)
    assert learned == timedelta(minutes=45)
    assert other == timedelta(hours=1)
    assert move.slot.length == timedelta(hours=4)


def test_a_stale_validation_waits_for_another_and_then_expires(own_acme: Acme) -> None:
    acme = own_acme
    move = to_staging(acme)
    _ = validate(acme, move)
    with as_application(acme.parts[Kind.PRODUCTION].systemdb) as connection:
        _ = connection.execute("CREATE TABLE base.later (id bigint)")
    assert begin(acme) == []
    found = now(acme, move)
    assert found.state is State.VALIDATED
    assert found.changed == ("the schema of database systemdb in Production has changed",)
    with acme.books.transaction() as tx:
        assert notifications.list_all(tx, acme.ben)[0].tag is Tag.MOVE_BECAME_STALE
    begin_ = move.slot.interval.begin
    assert begin_at(acme, begin_ + 30 * MINUTE) == []
    assert ended(acme, move) == ("StagingExpired", Cause.STALE)


def test_a_stale_validation_given_again_in_time_lets_it_begin(own_acme: Acme) -> None:
    acme = own_acme
    move = to_staging(acme)
    _ = validate(acme, move)
    with as_application(acme.parts[Kind.PRODUCTION].systemdb) as connection:
        _ = connection.execute("CREATE TABLE base.later (id bigint)")
    assert begin(acme) == []
    with acme.books.transaction() as tx:
        shown = moves.review(tx, acme.ben, move.id)
        again = moves.validate(tx, acme.ben, move.id, shown.seen)
    assert again.changed == ()
    assert [m.id for m in begin(acme)] == [move.id]


def test_an_organisation_that_somebody_is_booking_in_is_left_for_the_next_time(
    acme: Acme,
) -> None:
    move = down_align(acme)
    with acme.books.transaction() as other:
        _ = organisations.lock(other, acme.ana, acme.organisation.id)
        assert begin(acme) == []
    assert [m.id for m in begin(acme)] == [move.id]


def test_an_end_that_is_told_twice_stays_the_first(acme: Acme) -> None:
    move = down_align(acme)
    _ = begin(acme)
    first = end(acme, move, State.FAILED)
    assert end(acme, move, State.ERRORED) == first
