"""The line that says why a move does not move: what, from whom, since when, and what otherwise."""

from dataclasses import replace
from datetime import timedelta

from builders import ACME, ANA, BEN, CEM, NOON, a_move, a_slot
from liftlock.domain import reasons
from liftlock.domain.consoles import Page
from liftlock.domain.moves import MoveId
from liftlock.domain.people import Signature
from liftlock.domain.reasons import Around, AtRest, either
from liftlock.domain.resolutions import How, Resolution, ResolutionId, ResolutionState
from liftlock.domain.statuses import Cause, MoveKind, State

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
    assert "since Thursday, May 28 at 14:00, and nobody but who proposed it could give" in said
    assert "appoint another Delegated Administrator" in said


def test_a_proposal_booked_as_soon_as_possible_has_half_an_hour_more() -> None:
    soon = a_move(slot=a_slot(soon=True))
    assert "expires on Friday, May 29 at 14:30" in reasons.why(soon, DUE)
    assert "expires within seconds" in reasons.why(a_move(), DUE)


def test_a_validated_move_begins_by_itself() -> None:
    said = reasons.why(a_move(state=State.VALIDATED), BEFORE)
    assert said == (
        "Nothing is missing since Thursday, May 28 at 14:00: it begins by itself on Friday, May 29 "
        "at 14:00; if it cannot until Friday, May 29 at 14:30, it expires."
    )


def test_a_validated_move_names_what_is_in_its_way() -> None:
    waiting = a_move(state=State.VALIDATED)
    said = reasons.why(waiting, replace(DUE, blocked_by=OTHER))
    assert said.startswith(
        "Move to Staging 6 is still running since Friday, May 29 at 13:30 and should end by"
    )
    assert said.endswith("if it cannot within 30 minutes, it expires.")
    errored = replace(OTHER, state=State.ERRORED, ended_at=NOON)
    said = reasons.why(waiting, replace(DUE, blocked_by=errored, resolvers=("Cem",)))
    assert "is errored since Friday, May 29 at 14:00: Cem must resolve it first" in said
    assert "expires on Friday, May 29 at 14:30" in said
    assert "is resolved until then" in reasons.why(waiting, replace(BEFORE, blocked_by=errored))


def test_a_due_move_with_a_free_way_waits_for_a_worker() -> None:
    said = reasons.why(a_move(state=State.VALIDATED), DUE)
    assert said == (
        "It is due since Friday, May 29 at 14:00: a worker begins it within seconds. "
        "If none does, it expires on Friday, May 29 at 14:30."
    )


def test_a_due_move_that_waits_for_production_says_why_and_since_when() -> None:
    unread = replace(DUE, unread="Production does not answer.", unread_since=DUE.now)
    said = reasons.why(a_move(state=State.VALIDATED), unread)
    assert "within seconds" not in said
    assert said.startswith(
        "It is due since Friday, May 29 at 14:00, and Production cannot be read since "
        "Friday, May 29 at 14:03: Production does not answer. Whoever runs that server must look."
    )
    assert said.endswith("if none can until Friday, May 29 at 14:30, it expires.")


def test_a_stale_validation_says_what_has_changed() -> None:
    stale = a_move(state=State.VALIDATED, changed=("module crm is gone from Production",))
    said = reasons.why(stale, BEFORE)
    assert said.startswith("Its validation is stale: module crm is gone from Production.")
    assert "Ben or Dora to validate it again" in said
    noticed = replace(BEFORE, stale_since=NOON - timedelta(hours=4), administrators=("Cem",))
    assert "stale since Friday, May 29 at 10:00: module" in reasons.why(stale, noticed)
    tested = replace(stale, kind=MoveKind.MOVE_TO_PRODUCTION)
    said = reasons.why(tested, noticed)
    assert "Staging was tested against another Production" in said
    assert "(noticed on Friday, May 29 at 10:00)" in said
    assert "Cem cancels it" in said


def test_what_nobody_validated_is_no_stale_validation() -> None:
    said = reasons.why(a_move(changed=("module crm is gone from Production",)), BEFORE)
    assert "stale" not in said
    assert "again;" not in said
    assert said.startswith("It waits for a validation in Staging by Ben or Dora, since")
    assert said.endswith("has changed since: module crm is gone from Production.")


def test_a_modified_date_does_not_make_another_production_the_tested_one() -> None:
    changed = ("module crm is gone from Production",)
    tested = a_move(kind=MoveKind.MOVE_TO_PRODUCTION, changed=changed)
    modified = tested.modify_date(by=BEN, at=BEFORE.now, slot=a_slot())
    assert "cannot be validated any more" in reasons.why(modified, BEFORE)
    assert not a_move(changed=changed).modify_date(by=BEN, at=BEFORE.now, slot=a_slot()).changed


def test_a_freeze_over_its_time_is_said_with_the_way_out() -> None:
    frozen = replace(
        BEFORE,
        frozen=("year end",),
        frozen_since=NOON - timedelta(hours=4),
        administrators=("Ben",),
    )
    said = reasons.why(a_move(state=State.VALIDATED), frozen)
    assert "A freeze lies over its time (year end), entered on Friday, May 29 at 10:00" in said
    assert "Ben of Staging must override it or modify the date, else it expires" in said


def test_a_running_move_says_that_it_runs_over_its_slot() -> None:
    running = a_move(state=State.RUNNING, begun_at=NOON)
    over = replace(BEFORE, now=running.slot.interval.end + timedelta(minutes=2), step="install")
    said = reasons.why(running, over)
    assert " It is at install. It runs longer than its time, which ended on " in said
    assert "and is not cut. It should end by" in said


def test_a_running_move_says_where_it_is_and_when_it_should_end() -> None:
    around = replace(DUE, step="install, 5 of 9")
    running = a_move(state=State.RUNNING, begun_at=NOON)
    said = reasons.why(running, around)
    assert said == (
        "It runs since Friday, May 29 at 14:00. It is at install, 5 of 9. It should end by Friday, "
        "May 29 at 15:00; if it takes longer, it is not cut, and what is due waits."
    )
    stopping = replace(running, stop_asked=Signature(by=BEN, at=NOON))
    assert reasons.why(stopping, replace(around, asked_by="Ben")) == (
        "Ben asked it to stop on Friday, May 29 at 14:00: Staging is being put back as it was. "
        "If that cannot be done and proved, a person must look at Staging."
    )


def test_a_run_that_broke_promises_no_end() -> None:
    around = replace(DUE, step="Undo swap", taken_back=True)
    said = reasons.why(a_move(state=State.RUNNING, begun_at=NOON), around)
    assert "should end" not in said
    assert said == (
        "It broke, and Staging is being put back as it was. It is at Undo swap. "
        "If that cannot be done and proved, a person must look at Staging."
    )


def test_an_errored_move_says_that_it_holds_up_everything() -> None:
    errored = a_move(state=State.ERRORED, ended_at=NOON)
    assert reasons.why(errored, replace(DUE, resolvers=("Ben", "Dora"))) == (
        "Move to Staging 7 is errored since Friday, May 29 at 14:00: Ben or Dora must look at "
        "Staging. Until it is put back again or marked as repaired, no other move begins; one that "
        "is due expires after 30 minutes."
    )
    resolved = a_move(state=State.ERRORED, resolved=Signature(by=BEN, at=NOON))
    assert not reasons.why(resolved, DUE)
    assert not reasons.why(a_move(state=State.COMPLETED), DUE)


def test_an_errored_move_that_is_being_put_back_waits_for_the_worker() -> None:
    asked = Resolution(
        id=ResolutionId(1),
        organisation=ACME.id,
        move=MoveId(7),
        how=How.PUT_BACK_AGAIN,
        state=ResolutionState.ASKED,
        asked_by=BEN,
        asked_at=NOON,
        note="",
    )
    around = replace(DUE, resolution=asked, asked_by="Ben", resolvers=("Ben", "Dora"))
    errored = a_move(state=State.ERRORED, ended_at=NOON)
    assert reasons.why(errored, around) == (
        "Move to Staging 7 is errored and is being put back again: Ben asked for that on Friday, "
        "May 29 at 14:00, and a worker begins within seconds. If that fails, Ben or Dora must look "
        "at Staging again."
    )
    is_at_it = replace(around, resolution=replace(asked, state=ResolutionState.RUNNING))
    waiting = a_move(state=State.VALIDATED, id=MoveId(8))
    said = reasons.why(waiting, replace(is_at_it, blocked_by=errored))
    assert "a worker is at it. This one begins when that has ended. Otherwise" in said


def test_an_idle_page_says_what_would_be_next() -> None:
    rest = AtRest(now=NOON)
    for page in Page:
        assert reasons.at_rest(page, rest).startswith("Nothing is planned.")
    tested = replace(rest, tested=a_move(state=State.COMPLETED, ended_at=NOON), testers=("Ben",))
    said = reasons.at_rest(Page.MOVE_TO_PRODUCTION, tested)
    assert "is in Staging since Friday, May 29 at 14:00. Ben: test it, then schedule" in said
    said = reasons.at_rest(Page.PRODUCTION_DEPLOYMENT, tested)
    assert "is being tested in Staging since Friday, May 29 at 14:00" in said
    assert said.endswith("A Move to Production is scheduled there, by Ben.")


def test_an_idle_page_says_how_the_last_move_ended_unless_it_was_completed() -> None:
    expired = a_move(state=State.EXPIRED, cause_said="Nobody validated it.", ended_at=NOON)
    rest = AtRest(now=NOON, previous=expired)
    assert reasons.at_rest(Page.MOVE_TO_STAGING, rest) == (
        "Move to Staging 7 expired on Friday, May 29 at 14:00: Nobody validated it. "
        "Schedule a Move to Staging to begin."
    )
    failed = replace(expired, state=State.FAILED, cause_said="A check said no.")
    said = reasons.at_rest(Page.MOVE_TO_STAGING, replace(rest, previous=failed))
    assert "failed on Friday, May 29 at 14:00: A check said no. Its target is as it was." in said
    withdrawn = replace(expired, state=State.CANCELED, cause=Cause.WITHDRAWN, cause_said="")
    by_ana = replace(rest, previous=withdrawn, ended=Signature(by=ANA, at=NOON), ended_by="Ana")
    said = reasons.at_rest(Page.MOVE_TO_STAGING, by_ana)
    assert said.startswith("Move to Staging 7 was withdrawn by Ana on Friday, May 29 at 14:00. ")


def test_staging_sees_why_its_move_to_production_was_refused() -> None:
    refused = a_move(
        kind=MoveKind.MOVE_TO_PRODUCTION, state=State.CANCELED, cause=Cause.CANCELED,
        cause_said="Not in this quarter", id=MoveId(9), ended_at=NOON,
    )  # fmt: skip
    rest = AtRest(
        now=NOON, tested=a_move(state=State.COMPLETED, ended_at=NOON), testers=("Ben", "Dora"),
        previous=refused, ended=Signature(by=CEM, at=NOON), ended_by="Cem",
    )  # fmt: skip
    said = reasons.at_rest(Page.MOVE_TO_PRODUCTION, rest)
    assert said.startswith(
        "Move to Production 9 was canceled by Cem on Friday, May 29 at 14:00: Not in this quarter. "
        "Move to Staging 7 is in Staging since"
    )


def test_names_are_listed_as_people_say_them() -> None:
    assert either(()) == "a Delegated Administrator"
    assert either(("Ana",)) == "Ana"
    assert either(("Ana", "Ben", "Cem")) == "Ana, Ben or Cem"
