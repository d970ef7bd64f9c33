"""What people do with a move: validate, modify the date, withdraw, cancel, stop, resolve."""

from datetime import timedelta

import pytest

from acme_books import Acme, administrator
from journeys import (
    STEP_NAMES,
    begin,
    down_align,
    end,
    moved_to_staging,
    now,
    to_production,
    to_staging,
    validate,
)
from liftlock.domain.audit_events import Tag
from liftlock.domain.contents import ContentDigest
from liftlock.domain.environments import Kind
from liftlock.domain.move_refusals import (
    AlreadyOpened,
    AlreadyResolved,
    AlreadyValidated,
    MoveHasBegun,
    MoveIsOver,
    NotErrored,
    NotRunning,
    OwnProposal,
    ReasonMissing,
    StagingTestedAgainstAnotherProduction,
    StaleValidation,
)
from liftlock.domain.prerequisites import PrerequisiteMissing
from liftlock.domain.resolutions import AlreadyBeingResolved, How
from liftlock.domain.statuses import Cause, State
from liftlock.environments.servers import as_application
from liftlock.identity.who_may import NotAllowed
from liftlock.services import (
    audit_events,
    moves,
    notifications,
    organisations,
    people,
    runs,
    slots,
    steps,
)
from liftlock.services.slots import At, Soon


def change_production(acme: Acme) -> None:
    with as_application(acme.parts[Kind.PRODUCTION].database("customers")) as connection:
        _ = connection.execute("ALTER TABLE base.customers ADD COLUMN born date")


def add_rows_to_production(acme: Acme) -> None:
    with as_application(acme.parts[Kind.PRODUCTION].database("customers")) as connection:
        _ = connection.execute("INSERT INTO base.customers (name) VALUES ('Ada')")
        _ = connection.execute("ANALYZE")


def in_days(acme: Acme, days: int, hour: int = 9) -> At:
    with acme.books.transaction() as tx:
        return At(day=(tx.now + timedelta(days=days)).date(), hour=hour, minute=0)


def test_the_whole_way_up_and_down(own_acme: Acme) -> None:
    acme = own_acme
    proposed = to_staging(acme)
    assert proposed.status == "ProposedMoveToStaging"
    assert [module.code for module in proposed.content.packages] == ["acme.crm"]
    validated = validate(acme, proposed)
    assert validated.status == "ValidatedMoveToStaging"
    assert validated.accepted == validated.validated
    assert [(m.id, m.status, m.steps) for m in begin(acme)] == [
        (proposed.id, "MovingToStaging", STEP_NAMES[proposed.kind])
    ]
    acme.install(Kind.STAGING, acme.crm)
    assert end(acme, proposed).status == "MovedToStaging"

    second = to_production(acme)
    assert second.status == "ProposedMoveToProduction"
    assert second.accepted == second.submitted
    assert second.content.packages == proposed.content.packages
    assert validate(acme, second).status == "ValidatedMoveToProduction"
    assert [m.status for m in begin(acme)] == ["MovingToProduction"]
    acme.install(Kind.PRODUCTION, acme.crm)
    assert end(acme, second).status == "MovedToProduction"

    third = down_align(acme)
    assert third.status == "Scheduled"
    assert [m.status for m in begin(acme)] == ["Aligning"]
    assert end(acme, third).status == "Completed"


def test_each_change_stands_in_the_audit_record_and_whoever_must_act_is_told(acme: Acme) -> None:
    move = to_staging(acme)
    with acme.books.transaction() as tx:
        told = notifications.list_all(tx, acme.ben)
        assert [(n.move, n.tag) for n in told] == [(move.id, Tag.MOVE_PROPOSED)]
        assert "Ana scheduled it for" in told[0].said
    _ = validate(acme, move)
    _ = begin(acme)
    _ = end(acme, move, State.FAILED)
    with acme.books.transaction() as tx:
        events = audit_events.list_all(tx, acme.eve, acme.organisation.id)
        mine = [(event.tag, event.by) for event in reversed(events) if event.move == move.id]
        told = notifications.list_all(tx, acme.ana)
    assert mine == [
        (Tag.MOVE_PROPOSED, acme.ana.id),
        (Tag.MOVE_VALIDATED, acme.ben.id),
        (Tag.MOVE_BEGUN, None),
        (Tag.MOVE_ENDED, None),
    ]
    assert "Staging is as it was before. It broke." in told[0].said


def test_validating_twice_is_refused(acme: Acme) -> None:
    move = to_staging(acme)
    _ = validate(acme, move)
    with pytest.raises(AlreadyValidated):
        _ = validate(acme, move)


def test_nobody_validates_a_down_align_or_modifies_its_date(acme: Acme) -> None:
    move = down_align(acme)
    for who in (acme.ana, acme.dora):
        with pytest.raises(NotAllowed):
            _ = validate(acme, move, who)
        with pytest.raises(NotAllowed), acme.books.transaction() as tx:
            _ = moves.modify_date(tx, who, move.id, Soon())


def test_only_the_targets_administrators_validate(acme: Acme) -> None:
    move = to_staging(acme)
    for who in (acme.ana, acme.cem, acme.operator, acme.eve, acme.pat):
        with pytest.raises((PrerequisiteMissing, NotAllowed)):
            _ = validate(acme, move, who)
    assert now(acme, move).state is State.PROPOSED


def test_with_four_eyes_nobody_validates_what_they_submitted_or_moved(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        for environment in (acme.staging, acme.production):
            _ = people.grant(tx, acme.operator, acme.ana.id, *administrator(environment.id))
        _ = organisations.change(tx, acme.operator, acme.organisation.id, four_eyes=True)
        ana = next(
            p for p in people.list_all(tx, acme.eve, acme.organisation.id) if p.id == acme.ana.id
        )
    move = to_staging(acme)
    with pytest.raises(OwnProposal):
        _ = validate(acme, move, ana)
    with acme.books.transaction() as tx:
        modified = moves.modify_date(tx, acme.ben, move.id, Soon())
    with pytest.raises(OwnProposal):
        _ = validate(acme, modified, acme.ben)
    assert validate(acme, modified, acme.dora).state is State.VALIDATED


def test_what_changed_since_it_was_seen_is_not_validated(own_acme: Acme) -> None:
    acme = own_acme
    move = to_staging(acme)
    with pytest.raises(StaleValidation), acme.books.transaction() as tx:
        _ = moves.validate(tx, acme.ben, move.id, ContentDigest("sha256:" + "0" * 64))
    change_production(acme)
    with pytest.raises(StaleValidation, match="schema of database customers"):
        _ = validate(acme, move)
    assert now(acme, move).state is State.PROPOSED


def test_a_review_shows_what_changed_and_its_digest_can_be_validated(own_acme: Acme) -> None:
    acme = own_acme
    move = to_staging(acme)
    change_production(acme)
    with acme.books.transaction() as tx:
        shown = moves.review(tx, acme.ben, move.id)
    assert shown.move.changed == ("the schema of database customers in Production has changed",)
    assert shown.seen != move.digest
    with acme.books.transaction() as tx:
        validated = moves.validate(tx, acme.ben, move.id, shown.seen)
    assert validated.state is State.VALIDATED


def test_data_statistics_and_sequence_values_make_nothing_stale(own_acme: Acme) -> None:
    acme = own_acme
    move = to_staging(acme)
    add_rows_to_production(acme)
    assert validate(acme, move).state is State.VALIDATED


def test_a_move_to_production_is_never_validated_for_another_production(own_acme: Acme) -> None:
    acme = own_acme
    _ = moved_to_staging(acme)
    move = to_production(acme)
    change_production(acme)
    with acme.books.transaction() as tx:
        shown = moves.review(tx, acme.cem, move.id)
    with (
        pytest.raises((StagingTestedAgainstAnotherProduction, StaleValidation)),
        acme.books.transaction() as tx,
    ):
        _ = moves.validate(tx, acme.cem, move.id, shown.seen)


def test_another_date_makes_the_validation_fall_and_the_proposer_is_told(acme: Acme) -> None:
    move = to_staging(acme)
    _ = validate(acme, move)
    when = in_days(acme, 3)
    with acme.books.transaction() as tx:
        modified = moves.modify_date(tx, acme.ben, move.id, when)
    assert modified.status == "ProposedMoveToStaging"
    assert modified.validated is None
    assert modified.slot.wall.hour == 9
    assert modified.slot.length == move.slot.length
    assert now(acme, move) == modified
    with acme.books.transaction() as tx:
        assert "You may withdraw it" in notifications.list_all(tx, acme.ana)[0].said


def test_withdrawn_and_canceled_moves_give_their_slots_back(acme: Acme) -> None:
    first = to_staging(acme)
    with acme.books.transaction() as tx:
        withdrawn = moves.withdraw(tx, acme.ana, first.id)
    assert (withdrawn.status, withdrawn.cause) == ("StagingCanceled", Cause.WITHDRAWN)
    second = to_staging(acme)
    assert second.slot.interval.begin <= first.slot.interval.end
    with acme.books.transaction() as tx:
        canceled = moves.cancel(tx, acme.ben, second.id, "wrong modules")
    assert (canceled.cause, canceled.cause_said) == (Cause.CANCELED, "wrong modules")
    with acme.books.transaction() as tx:
        assert slots.calendar(tx, acme.ana, acme.organisation.id) == ()
    with pytest.raises(MoveIsOver), acme.books.transaction() as tx:
        _ = moves.withdraw(tx, acme.ana, second.id)


def test_withdrawing_is_for_where_it_was_scheduled_and_canceling_for_the_target(
    acme: Acme,
) -> None:
    move = to_staging(acme)
    with pytest.raises(PrerequisiteMissing), acme.books.transaction() as tx:
        _ = moves.withdraw(tx, acme.ben, move.id)
    with pytest.raises(PrerequisiteMissing), acme.books.transaction() as tx:
        _ = moves.cancel(tx, acme.ana, move.id, "no")
    with pytest.raises(ReasonMissing), acme.books.transaction() as tx:
        _ = moves.cancel(tx, acme.ben, move.id, " ")


def test_a_running_move_can_only_be_stopped(acme: Acme) -> None:
    move = down_align(acme)
    with pytest.raises(NotRunning), acme.books.transaction() as tx:
        _ = moves.stop(tx, acme.ana, move.id)
    _ = begin(acme)
    with pytest.raises(MoveHasBegun), acme.books.transaction() as tx:
        _ = moves.withdraw(tx, acme.ana, move.id)
    with acme.books.transaction() as tx:
        assert not runs.stop_asked(tx, move.id)
        stopping = moves.stop(tx, acme.ana, move.id)
    with acme.books.transaction() as tx:
        assert runs.stop_asked(tx, move.id)
        assert moves.stop(tx, acme.ana, move.id) == stopping


def test_once_it_was_opened_to_people_it_cannot_be_stopped(acme: Acme) -> None:
    move = down_align(acme)
    _ = begin(acme)
    with acme.books.transaction() as tx:
        steps.begin(tx, move.id, "resume")
    with pytest.raises(AlreadyOpened), acme.books.transaction() as tx:
        _ = moves.stop(tx, acme.ana, move.id)


def test_marking_as_repaired_needs_a_note_and_ends_the_block(acme: Acme) -> None:
    move = down_align(acme)
    with pytest.raises(NotErrored), acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, move.id, How.MARK_AS_REPAIRED, "done")
    _ = begin(acme)
    assert end(acme, move, State.ERRORED).blocks
    with pytest.raises(ReasonMissing), acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, move.id, How.MARK_AS_REPAIRED, "")
    with acme.books.transaction() as tx:
        repaired = moves.resolve(tx, acme.ana, move.id, How.MARK_AS_REPAIRED, "renamed by hand")
    assert (repaired.status, repaired.blocks) == ("Errored", False)
    assert repaired.resolved_note == "renamed by hand"
    with pytest.raises(AlreadyResolved), acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, move.id, How.PUT_BACK_AGAIN)


def test_putting_back_again_is_taken_by_a_worker_and_ends_the_block_when_it_succeeded(
    acme: Acme,
) -> None:
    move = down_align(acme)
    _ = begin(acme)
    _ = end(acme, move, State.ERRORED)
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, move.id, How.PUT_BACK_AGAIN)
    with pytest.raises(AlreadyBeingResolved), acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, move.id, How.MARK_AS_REPAIRED, "done")
    with acme.books.transaction() as tx:
        assert [taken.move for taken in runs.begin_put_backs(tx)] == [move.id]
    with acme.books.transaction() as tx:
        assert runs.begin_put_backs(tx) == []
        assert [taken.move for taken in runs.putting_back(tx)] == [move.id]
        failed = runs.end_put_back(tx, move.id, succeeded=False, said="undo swap broke")
    assert failed.blocks
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, move.id, How.PUT_BACK_AGAIN)
        _ = runs.begin_put_backs(tx)
        resolved = runs.end_put_back(tx, move.id, succeeded=True, said="")
    assert not resolved.blocks
    assert resolved.resolved is not None
    assert resolved.resolved.by == acme.ana.id
    with acme.books.transaction() as tx:
        assert runs.end_put_back(tx, move.id, succeeded=True, said="") == resolved


def test_a_page_says_what_is_awaited_and_when_it_should_end(acme: Acme) -> None:
    move = to_staging(acme)
    with acme.books.transaction() as tx:
        shown = moves.show(tx, acme.eve, move.id)
    assert "waits for a validation until" in shown.why_not_moving
    assert shown.names == {acme.ana.id: "Ana"}
    assert shown.seen == move.digest
    _ = validate(acme, move)
    _ = begin(acme)
    with acme.books.transaction() as tx:
        running = moves.show(tx, acme.eve, move.id)
    assert running.why_not_moving == ""
    assert running.predicted_end is not None
    assert running.predicted_end > move.slot.interval.begin


def test_moves_are_listed_latest_first_by_kind_and_state(acme: Acme) -> None:
    first = down_align(acme)
    with acme.books.transaction() as tx:
        _ = moves.withdraw(tx, acme.ana, first.id)
    second, third = to_staging(acme), down_align(acme)
    organisation = acme.organisation.id
    with acme.books.transaction() as tx:
        every = moves.list_moves(tx, acme.eve, organisation)
        canceled = moves.list_moves(tx, acme.eve, organisation, states=[State.CANCELED])
        ups = moves.list_moves(tx, acme.eve, organisation, kinds=[second.kind])
        older = moves.list_moves(tx, acme.eve, organisation, before=third.id, at_most=1)
    assert [m.id for m in every] == [third.id, second.id, first.id]
    assert [m.id for m in canceled] == [first.id]
    assert [m.id for m in ups] == [second.id]
    assert [m.id for m in older] == [second.id]
