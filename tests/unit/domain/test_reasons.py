"""The line that says why a move does not move: what, from whom, since when, and what otherwise."""

from dataclasses import replace
from datetime import timedelta

from builders import BEN, NOON, a_move, a_slot
from liftlock.domain import reasons
from liftlock.domain.consoles import Page
from liftlock.domain.moves import MoveId
from liftlock.domain.people import Signature
from liftlock.domain.reasons import Around, either
from liftlock.domain.statuses import MoveKind, State

BEFORE = Around(now=NOON - timedelta(hours=2), target="Staging", validators=("Ben", "Dora"))
DUE = replace(BEFORE, now=NOON + timedelta(minutes=3))
OTHER = a_move(state=State.RUNNING, id=MoveId(6), begun_at=NOON - timedelta(minutes=30))


def test_a_proposal_names_who_is_awaited_since_when_and_what_happens_otherwise() -> None:
    assert reasons.why(a_move(), BEFORE) == (
        "It waits for a validation in Staging by Ben or Dora, since Thursday, May 28 at 14:00. "
        "Without one it expires on Friday, May 29 at 14:00 and its time is free again."
    )


def test_a_proposal_with_another_date_waits_since_that_was_modified() -> None:
    modified = a_move(date_modified=Signature(by=BEN, at=NOON - timedelta(hours=4)))
    assert "since Friday, May 29 at 10:00" in reasons.why(modified, BEFORE)


def test_a_proposal_that_nobody_could_validate_says_so_by_day() -> None:
    said = reasons.why(a_move(), replace(BEFORE, validators=()))
    assert "nobody but who proposed it could give one" in said
    assert "appoint another Delegated Administrator" in said


def test_a_proposal_booked_as_soon_as_possible_has_half_an_hour_more() -> None:
    soon = a_move(slot=a_slot(soon=True))
    assert "expires on Friday, May 29 at 14:30" in reasons.why(soon, DUE)
    assert "expires within seconds" in reasons.why(a_move(), DUE)


def test_a_validated_move_begins_by_itself() -> None:
    said = reasons.why(a_move(state=State.VALIDATED), BEFORE)
    assert said == "Nothing is missing: it begins by itself on Friday, May 29 at 14:00."


def test_a_validated_move_names_what_is_in_its_way() -> None:
    waiting = a_move(state=State.VALIDATED)
    said = reasons.why(waiting, replace(DUE, blocked_by=OTHER))
    assert said.startswith("Move to Staging 6 is still running and should end by")
    assert said.endswith("if it cannot within 30 minutes, it expires.")
    errored = replace(OTHER, state=State.ERRORED)
    said = reasons.why(waiting, replace(DUE, blocked_by=errored))
    assert "is errored: a person must resolve it first" in said
    assert "expires on Friday, May 29 at 14:30" in said
    assert "is resolved until then" in reasons.why(waiting, replace(BEFORE, blocked_by=errored))


def test_a_due_move_with_a_free_way_waits_for_a_worker() -> None:
    said = reasons.why(a_move(state=State.VALIDATED), DUE)
    assert said == (
        "A worker begins it within seconds. If none does, it expires on Friday, May 29 at 14:30."
    )


def test_a_stale_validation_says_what_has_changed() -> None:
    stale = a_move(state=State.VALIDATED, changed=("module crm is gone from Production",))
    said = reasons.why(stale, BEFORE)
    assert said.startswith("Its validation is stale: module crm is gone from Production.")
    assert "Ben or Dora to validate it again" in said
    tested = replace(stale, kind=MoveKind.MOVE_TO_PRODUCTION)
    assert "Staging was tested against another Production" in reasons.why(tested, BEFORE)


def test_a_freeze_over_its_time_is_said_with_the_way_out() -> None:
    said = reasons.why(a_move(state=State.VALIDATED), replace(BEFORE, frozen=("year end",)))
    assert "A freeze lies over its time (year end)" in said
    assert "must override it or modify the date" in said


def test_a_running_move_says_that_it_runs_over_its_slot() -> None:
    running = a_move(state=State.RUNNING, begun_at=NOON)
    over = replace(BEFORE, now=running.slot.interval.end + timedelta(minutes=2), step="install")
    said = reasons.why(running, over)
    assert said.startswith("It is at install. It runs longer than its time, which ended on ")
    assert "and is not cut. It should end by" in said


def test_a_running_move_says_where_it_is_and_when_it_should_end() -> None:
    around = replace(DUE, step="install, 5 of 9")
    running = a_move(state=State.RUNNING, begun_at=NOON)
    said = reasons.why(running, around)
    assert said == "It is at install, 5 of 9. It should end by Friday, May 29 at 15:00."
    stopping = replace(running, stop_asked=Signature(by=BEN, at=NOON))
    assert "is being put back as it was" in reasons.why(stopping, around)


def test_an_errored_move_says_that_it_holds_up_everything() -> None:
    assert "no other move begins" in reasons.why(a_move(state=State.ERRORED), DUE)
    resolved = a_move(state=State.ERRORED, resolved=Signature(by=BEN, at=NOON))
    assert not reasons.why(resolved, DUE)
    assert not reasons.why(a_move(state=State.COMPLETED), DUE)


def test_an_idle_page_says_what_would_be_next() -> None:
    for page in Page:
        assert reasons.at_rest(page, tested=None, previous=None).startswith("Nothing is planned.")
    tested = a_move(state=State.COMPLETED)
    said = reasons.at_rest(Page.MOVE_TO_PRODUCTION, tested=tested, previous=None)
    assert "Test it, then schedule" in said
    said = reasons.at_rest(Page.PRODUCTION_DEPLOYMENT, tested=tested, previous=None)
    assert "is being tested in Staging" in said
    expired = a_move(state=State.EXPIRED, cause_said="Nobody validated it.")
    said = reasons.at_rest(Page.MOVE_TO_STAGING, tested=None, previous=expired)
    assert "expired: Nobody validated it." in said


def test_names_are_listed_as_people_say_them() -> None:
    assert either(()) == "a Delegated Administrator"
    assert either(("Ana",)) == "Ana"
    assert either(("Ana", "Ben", "Cem")) == "Ana, Ben or Cem"
