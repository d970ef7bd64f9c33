"""Acting on a move that is there: who is offered what, stale pages, refusals in place."""

from datetime import date, timedelta

import pytest

from acme_books import Acme
from browsing import Browsers, Page
from journeys import begin, end, moved_to_staging, now, to_production, to_staging, validate
from liftlock.domain.environments import Kind
from liftlock.domain.people import Grant, Role
from liftlock.domain.statuses import State
from liftlock.services import freezes, moves, organisations, people
from liftlock.services.freezes import FreezeWish
from liftlock.services.slots import At

TO_STAGING = "/development/move-to-staging"
TO_PRODUCTION = "/staging/move-to-production"
DEPLOYMENT = "/production/production-deployment"


def in_days(acme: Acme, days: int) -> date:
    with acme.books.transaction() as tx:
        return (tx.now + timedelta(days=days)).date()


def offered(page: Page) -> set[str]:
    names = {
        "Validate Scheduled Proposal", "Modify Proposal", "Cancel Proposal", "Withdraw", "Cancel",
        "Stop", "Put back again", "Mark as repaired", "Override the freeze",
    }  # fmt: skip
    pressed = {text for form in page.forms for text, _, _ in form.buttons}
    return names & (pressed | {text for text, _ in page.links})


def test_everybody_is_offered_what_they_may_do(browsers: Browsers) -> None:
    acme = browsers.served.acme
    _ = to_staging(acme, At(day=in_days(acme, 3), hour=22, minute=0))
    target = {"Validate Scheduled Proposal", "Modify Proposal", "Cancel Proposal"}
    assert offered(browsers.of("ana").open(TO_STAGING)) == {"Withdraw"}
    assert offered(browsers.of("ben").open(TO_PRODUCTION)) == target
    assert offered(browsers.of("dora").open(TO_PRODUCTION)) == target | {"Withdraw"}
    assert not offered(browsers.of("eve").open(TO_PRODUCTION))
    assert not offered(browsers.of("cem").open(TO_PRODUCTION))


def test_four_eyes_names_who_else_validates(browsers: Browsers) -> None:
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        second = Grant(role=Role.ADMINISTRATOR, environment=acme.production.id)
        _ = people.grant(tx, acme.operator, acme.ben.id, second)
        _ = organisations.change(tx, acme.operator, acme.organisation.id, four_eyes=True)
    move = to_staging(acme, At(day=in_days(acme, 3), hour=22, minute=0))
    dora = browsers.of("dora")
    _ = dora.open(f"/moves/{move.id}/modify?day={in_days(acme, 4)}&hour=21&minute=0")
    modified = dora.send(f"/moves/{move.id}/modify", do="confirm")
    assert modified.url == TO_PRODUCTION
    assert now(acme, move).slot.wall.hour == 21
    assert "You modified its date, so somebody else validates it (four-eyes is on): Ben." in (
        modified.text
    )
    assert "Validate Scheduled Proposal" not in offered(modified)
    assert "Validate Scheduled Proposal" in offered(browsers.of("ben").open(TO_PRODUCTION))


def test_a_modified_date_lets_a_validation_fall(browsers: Browsers) -> None:
    acme = browsers.served.acme
    move = to_staging(acme, At(day=in_days(acme, 3), hour=22, minute=0))
    _ = validate(acme, move)
    ben = browsers.of("ben")
    page = ben.open(f"/moves/{move.id}/modify")
    assert "Current" in page.text
    form = page.form(f"/moves/{move.id}/modify")
    assert (form.value("hour"), form.value("minute")) == ("22", "0")
    after = ben.send_form(form, do="confirm", hour="23")
    assert "ProposedMoveToStaging" in after.text
    assert "Date modified by" in after.text
    assert now(acme, move).state is State.PROPOSED


def test_a_cancellation_needs_a_reason_which_is_kept(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = to_staging(acme)
    _ = ben.open(f"/moves/{move.id}/cancel")
    refused = ben.send(f"/moves/{move.id}/cancel", reason="  ")
    assert refused.status == 422
    assert "Say why" in refused.text
    over = ben.send(f"/moves/{move.id}/cancel", reason="The module list <i>does not</i> suit")
    assert over.url == TO_PRODUCTION
    assert "StagingCanceled" in over.text
    assert "The module list <i>does not</i> suit" in over.text
    ana = browsers.of("ana").open(TO_STAGING)
    assert "Previous Move to Staging" in ana.text
    assert "Reason" in ana.text


def test_a_proposal_is_withdrawn_where_it_was_scheduled(browsers: Browsers) -> None:
    acme, ana = browsers.served.acme, browsers.of("ana")
    move = to_staging(acme)
    _ = ana.open(f"/moves/{move.id}/withdraw")
    over = ana.send(f"/moves/{move.id}/withdraw")
    assert over.url == TO_STAGING
    assert "It was withdrawn by those who scheduled it." in over.text


def test_a_page_left_open_while_the_date_changed_validates_nothing(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = to_staging(acme, At(day=in_days(acme, 3), hour=22, minute=0))
    left_open = ben.open(TO_PRODUCTION)
    with acme.books.transaction() as tx:
        _ = moves.modify_date(tx, acme.dora, move.id, At(day=in_days(acme, 5), hour=6, minute=0))
    refused = ben.send_form(left_open.form(f"/moves/{move.id}/validate"))
    assert refused.status == 422
    assert "is not what you have seen" in refused.text
    assert now(acme, move).state is State.PROPOSED
    again = ben.send(f"/moves/{move.id}/validate")
    assert "ValidatedMoveToStaging" in again.text


def test_production_changed_since_is_shown_and_validated_as_it_is_now(
    own_browsers: Browsers,
) -> None:
    acme, ben = own_browsers.served.acme, own_browsers.of("ben")
    move = to_staging(acme, At(day=in_days(acme, 3), hour=22, minute=0))
    _ = validate(acme, move)
    _ = ben.open(TO_PRODUCTION)
    unchanged = ben.send(f"/moves/{move.id}/review")
    assert "has changed since" in unchanged.text
    assert offered(unchanged) == {"Modify Proposal", "Cancel Proposal"}
    acme.install(Kind.PRODUCTION, acme.push("acme.base", "2.0"))
    stale = ben.send(f"/moves/{move.id}/review")
    assert "The validation is stale" in stale.text
    assert "module acme.base in Production went from 1.0 to 2.0" in stale.text
    assert "Validate Scheduled Proposal" in offered(stale)
    validated = ben.send(f"/moves/{move.id}/validate")
    assert "The validation is stale" not in validated.text
    assert "ValidatedMoveToStaging" in validated.text


def test_what_was_tested_against_another_production_cannot_be_validated(
    own_browsers: Browsers,
) -> None:
    acme, cem = own_browsers.served.acme, own_browsers.of("cem")
    _ = moved_to_staging(acme)
    move = to_production(acme, At(day=in_days(acme, 3), hour=6, minute=0))
    page = cem.open(DEPLOYMENT)
    acme.install(Kind.PRODUCTION, acme.push("acme.base", "2.0"))
    refused = cem.send_form(page.form(f"/moves/{move.id}/validate"))
    assert refused.status == 422
    assert "Staging was tested against another Production" in refused.text
    assert offered(refused) == {"Modify Proposal", "Cancel Proposal"}


def test_validating_twice_answers_as_the_first_time(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = to_staging(acme)
    form = ben.open(TO_PRODUCTION).form(f"/moves/{move.id}/validate")
    first, second = (ben.send_form(form) for _ in range(2))
    assert first.url == second.url == TO_PRODUCTION
    assert first.status == second.status == 200


def test_a_running_move_is_stopped_by_its_target(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = to_staging(acme)
    _ = validate(acme, move)
    assert begin(acme)
    page = ben.open(TO_PRODUCTION)
    assert "What is it doing?" in page.text
    assert offered(page) == {"Stop"}
    assert not offered(browsers.of("ana").open(TO_STAGING))
    late = ben.open(f"/moves/{move.id}/cancel")
    assert (late.status, "has begun" in late.text) == (409, True)
    _ = ben.open(f"/moves/{move.id}/stop")
    _ = ben.send(f"/moves/{move.id}/stop")
    assert now(acme, move).stop_asked is not None
    assert not offered(ben.open(TO_PRODUCTION))


def test_an_errored_move_is_resolved_and_blocks_until_then(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = to_staging(acme)
    _ = validate(acme, move)
    assert begin(acme)
    _ = end(acme, move, State.ERRORED)
    page = ben.open(TO_PRODUCTION)
    assert "StagingErrored" in page.text
    assert "no other move begins" in page.text
    assert offered(page) == {"Put back again", "Mark as repaired"}
    assert "no other move begins" in browsers.of("cem").open(DEPLOYMENT).text
    resolve = ben.open(f"/moves/{move.id}/resolve")
    repaired = next(f for f in resolve.forms if f.action.endswith("/resolve") and _marks(f.fields))
    refused = ben.send_form(repaired, note="")
    assert refused.status == 422
    _ = ben.send_form(repaired, note="Put the database back by hand")
    assert now(acme, move).resolved is not None


def _marks(fields: list[tuple[str, str]]) -> bool:
    return ("how", "mark_as_repaired") in fields


@pytest.mark.parametrize("action", ["cancel", "modify", "stop", "resolve", "withdraw", "override"])
def test_forms_for_what_cannot_be_done_are_refused(browsers: Browsers, action: str) -> None:
    acme = browsers.served.acme
    move = to_staging(acme)
    assert browsers.of("cem").open(f"/moves/{move.id}/{action}").status == 403
    assert browsers.of("ben").open(f"/moves/{move.id + 1}/{action}").status == 404


def test_a_freeze_over_its_time_is_overridden_with_a_reason(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    day = in_days(acme, 3)
    move = to_staging(acme, At(day=day, hour=22, minute=0))
    with acme.books.transaction() as tx:
        begins = tx.now.replace(year=day.year, month=day.month, day=day.day, tzinfo=None, hour=20)
        wish = FreezeWish(
            organisation=acme.organisation.id, begin=begins, end=begins + timedelta(hours=10),
            reason="Half-year closing", environment=Kind.STAGING,
        )  # fmt: skip
        _ = freezes.enter(tx, acme.dora, wish)
    page = ben.open(TO_PRODUCTION)
    assert "A freeze lies over its time (Half-year closing)" in page.text
    assert "Override the freeze" in offered(page)
    _ = ben.open(f"/moves/{move.id}/override")
    over = ben.send(f"/moves/{move.id}/override", reason="The fix cannot wait")
    assert "A freeze lies over its time" not in over.text
    assert "Override the freeze" not in offered(over)
