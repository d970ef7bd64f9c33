"""Freezes: entered by those who may, obeyed over the whole interval, overridden for one move."""

from datetime import datetime, timedelta

import pytest

from acme_books import Acme
from freezing import freeze, in_days, wall
from journeys import STEP_NAMES, down_align, now, to_staging, validate
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Kind
from liftlock.domain.freezes import (
    FreezeFillsTheWeek,
    FreezeIsOver,
    FreezeNotFound,
    FreezeReasonMissing,
    NothingToOverride,
    OverrideReasonMissing,
)
from liftlock.domain.moves import Move
from liftlock.domain.people import Person
from liftlock.domain.prerequisites import PrerequisiteMissing
from liftlock.domain.slots import SlotTaken
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.domain.wall_times import wall_at
from liftlock.identity.who_may import NotAllowed
from liftlock.services import audit_events, freezes, moves, notifications, runs, slots
from liftlock.services.freezes import FreezeWish
from liftlock.services.slots import At
from own_books import ZONE

MINUTE = timedelta(minutes=1)


def override(acme: Acme, move: Move, who: Person, reason: str = "urgent repair") -> None:
    with acme.books.transaction() as tx:
        _ = freezes.override(tx, who, move.id, reason)


def begin_at(acme: Acme, instant: datetime) -> list[Move]:
    with acme.at(instant) as tx:
        return runs.begin_due(tx, STEP_NAMES)


def test_a_freeze_makes_times_unavailable_over_its_whole_length(acme: Acme) -> None:
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5), Kind.STAGING)
    with pytest.raises(SlotTaken, match=r"a freeze \(year end\), entered by Olga Operator, until"):
        _ = to_staging(acme, in_days(acme, 4))
    with pytest.raises(SlotTaken, match="year end"):
        _ = to_staging(acme, in_days(acme, 3, 5, 5))  # four hours would end within it
    assert down_align(acme, in_days(acme, 4)).holds_slot  # it targets Development
    assert to_staging(acme, in_days(acme, 3, 5)).holds_slot


def test_one_of_the_organisation_stops_everything(acme: Acme) -> None:
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    for schedule in (to_staging, down_align):
        with pytest.raises(SlotTaken, match="year end"):
            _ = schedule(acme, in_days(acme, 4))


def test_a_weekly_one_comes_again(acme: Acme) -> None:
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 4), weekly=True)
    for weeks in (0, 1, 40):
        with pytest.raises(SlotTaken, match="year end"):
            _ = down_align(acme, in_days(acme, 3 + 7 * weeks, 12))
    assert down_align(acme, in_days(acme, 3 + 7 + 1, 12)).holds_slot


def test_as_soon_as_possible_goes_past_a_freeze(acme: Acme) -> None:
    _ = freeze(acme, in_days(acme, 0, 0), in_days(acme, 2, 7))
    move = down_align(acme)
    assert wall_at(move.slot.interval.begin, ZONE) == wall(in_days(acme, 2, 7))


def test_a_date_cannot_be_modified_into_a_freeze(acme: Acme) -> None:
    move = to_staging(acme, in_days(acme, 2))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5), Kind.STAGING)
    with pytest.raises(SlotTaken, match="year end"), acme.books.transaction() as tx:
        _ = moves.modify_date(tx, acme.ben, move.id, in_days(acme, 4))


def test_what_a_freeze_is_laid_over_is_named_and_told(acme: Acme) -> None:
    over, other = to_staging(acme, in_days(acme, 4)), down_align(acme, in_days(acme, 4, 14))
    entered = freeze(acme, in_days(acme, 3), in_days(acme, 5), Kind.STAGING, acme.ben)
    assert [laid.move.id for laid in entered.over] == [over.id]
    with acme.books.transaction() as tx:
        told = notifications.list_all(tx, acme.ana)[0]
        assert told.title == f"Move to Staging {over.id} lies in a freeze"
        assert "Without an override it expires" in told.said
        assert notifications.list_all(tx, acme.ben)[0].tag is not Tag.FREEZE_ENTERED
        shown = freezes.list_all(tx, acme.eve, acme.organisation.id)
        assert [(s.environment, len(s.over)) for s in shown] == [(Kind.STAGING, 1)]
        assert freezes.over(tx, other) == ()


def test_without_an_override_it_expires_as_frozen(acme: Acme) -> None:
    move = down_align(acme, in_days(acme, 4))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    assert begin_at(acme, move.slot.interval.begin) == []
    found = now(acme, move)
    assert (found.status, found.cause) == ("Expired", Cause.FROZEN)
    assert found.cause_said.startswith("There is a freeze (year end), entered by Olga")


def test_with_an_override_it_begins_and_the_reason_is_kept(acme: Acme) -> None:
    move = down_align(acme, in_days(acme, 4))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    _ = freeze(acme, in_days(acme, 4), in_days(acme, 6), Kind.DEVELOPMENT, reason="audit")
    override(acme, move, acme.dora)
    with acme.books.transaction() as tx:
        given = freezes.overrides_of(tx, move)
        assert [o.reason for o in given] == ["urgent repair"] * 2
        events = audit_events.list_all(tx, acme.eve, acme.organisation.id, at_most=2)
        assert {(e.tag, e.by, e.fields["reason"]) for e in events} == {
            (Tag.FREEZE_OVERRIDDEN, acme.dora.id, "urgent repair")
        }
        assert notifications.list_all(tx, acme.ana)[0].said.endswith(": urgent repair")
        laid = [s.over[0].override for s in freezes.list_all(tx, acme.eve, acme.organisation.id)]
        assert [o.reason for o in laid if o] == ["urgent repair"] * 2
    assert [m.id for m in begin_at(acme, move.slot.interval.begin)] == [move.id]


def test_an_override_lets_nothing_else_through(acme: Acme) -> None:
    first, second = down_align(acme, in_days(acme, 4)), down_align(acme, in_days(acme, 4, 14))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    override(acme, first, acme.operator)
    _ = freeze(acme, in_days(acme, 4, 8), in_days(acme, 4, 10), reason="another")
    with acme.books.transaction() as tx:
        assert [f.reason for f in freezes.over(tx, first)] == ["another"]
        assert [f.reason for f in freezes.over(tx, second)] == ["year end"]
    assert begin_at(acme, first.slot.interval.begin) == []
    assert now(acme, first).cause is Cause.FROZEN


def test_with_another_date_an_override_counts_no_more(acme: Acme) -> None:
    move = validate(acme, to_staging(acme, in_days(acme, 4)))
    entered = freeze(acme, in_days(acme, 3), in_days(acme, 5), Kind.STAGING)
    override(acme, move, acme.ben)
    with acme.books.transaction() as tx:
        moved = moves.modify_date(tx, acme.ben, move.id, in_days(acme, 6))
        assert freezes.overridden(tx, move) == {entered.freeze.id}
        assert freezes.overridden(tx, moved) == frozenset()


def test_a_freeze_that_a_late_begin_runs_into_is_obeyed(acme: Acme) -> None:
    move = down_align(acme, in_days(acme, 4))
    length = move.slot.length
    end = wall(in_days(acme, 4)) + length
    after = At(day=end.date(), hour=end.hour, minute=end.minute)
    _ = freeze(acme, after, in_days(acme, 6))
    assert begin_at(acme, move.slot.interval.begin + 20 * MINUTE) == []
    found = now(acme, move)
    assert found.cause is Cause.FROZEN
    assert "no longer fits before a freeze (year end)" in found.cause_said


def test_one_that_has_ended_stops_nothing(acme: Acme) -> None:
    move = down_align(acme, in_days(acme, 4))
    entered = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    with acme.books.transaction() as tx:
        ended = freezes.end(tx, acme.operator, acme.organisation.id, entered.freeze.id)
        assert [laid.move.id for laid in ended.over] == [move.id]
        assert freezes.list_all(tx, acme.eve, acme.organisation.id) == ()
        assert notifications.list_all(tx, acme.ana)[0].tag is Tag.FREEZE_ENDED
        assert slots.busy(tx, acme.organisation.id, acme.development.id)[0].purpose is not None
    assert [m.id for m in begin_at(acme, move.slot.interval.begin)] == [move.id]
    with pytest.raises(FreezeNotFound), acme.books.transaction() as tx:
        _ = freezes.end(tx, acme.operator, acme.organisation.id, entered.freeze.id)


def test_what_runs_already_is_not_stopped_by_a_freeze(acme: Acme) -> None:
    move = down_align(acme)
    assert begin_at(acme, move.slot.interval.begin)
    assert freeze(acme, in_days(acme, 0, 0), in_days(acme, 5)).over == ()
    assert now(acme, move).state is State.RUNNING


@pytest.mark.parametrize(
    ("who", "environment"),
    [
        ("ana", Kind.STAGING),
        ("ben", Kind.PRODUCTION),
        ("dora", None),
        ("eve", Kind.STAGING),
        ("pat", Kind.DEVELOPMENT),
    ],
)
def test_who_may_not_enter_or_end_a_freeze(acme: Acme, who: str, environment: Kind | None) -> None:
    person: Person = getattr(acme, who)
    with pytest.raises((NotAllowed, PrerequisiteMissing)):
        _ = freeze(acme, in_days(acme, 3), in_days(acme, 5), environment, person)
    entered = freeze(acme, in_days(acme, 3), in_days(acme, 5), environment)
    with pytest.raises((NotAllowed, PrerequisiteMissing)), acme.books.transaction() as tx:
        _ = freezes.end(tx, person, acme.organisation.id, entered.freeze.id)


def test_who_may_override_is_who_administers_the_target(acme: Acme) -> None:
    move = to_staging(acme, in_days(acme, 4))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    for who in (acme.ana, acme.cem, acme.eve, acme.pat):
        with pytest.raises((NotAllowed, PrerequisiteMissing)):
            override(acme, move, who)
    override(acme, move, acme.ben)


def test_an_override_needs_a_freeze_and_a_reason(acme: Acme) -> None:
    move = down_align(acme, in_days(acme, 4))
    with pytest.raises(NothingToOverride, match=r"Down Align .* \(Scheduled\)"):
        override(acme, move, acme.ana)
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    with pytest.raises(OverrideReasonMissing):
        override(acme, move, acme.ana, " ")
    override(acme, move, acme.ana)
    with pytest.raises(NothingToOverride):
        override(acme, move, acme.ana)


def test_a_freeze_that_cannot_be_is_refused(acme: Acme) -> None:
    with pytest.raises(FreezeReasonMissing):
        _ = freeze(acme, in_days(acme, 3), in_days(acme, 5), reason=" \n")
    with pytest.raises(FreezeFillsTheWeek):
        _ = freeze(acme, in_days(acme, 3), in_days(acme, 10), weekly=True)
    wish = FreezeWish(
        organisation=acme.organisation.id,
        begin=datetime(2026, 5, 1, 9, 0),  # noqa: DTZ001  what the wall shows
        end=datetime(2026, 5, 1, 12, 0),  # noqa: DTZ001  what the wall shows
        reason="late",
    )
    with pytest.raises(FreezeIsOver), acme.at(datetime.fromisoformat("2026-05-01T10:02Z")) as tx:
        _ = freezes.enter(tx, acme.operator, wish)


def test_a_hold_cannot_become_a_move_in_a_freeze_that_came_meanwhile(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        _ = slots.hold(tx, acme.ana, acme.organisation.id, MoveKind.DOWN_ALIGN, in_days(acme, 4))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    with pytest.raises(SlotTaken, match="year end"):
        _ = down_align(acme, slots.Held())
