"""What pages say of each state: who did what, what is awaited, and nothing that is not so."""

import re
from datetime import date, timedelta

from acme_books import Acme
from browsing import Browsers, Page
from event_streams import streaming
from journeys import begin, end, moved_to_staging, now, to_production, to_staging, validate
from liftlock.domain.environments import Kind
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import State
from liftlock.services import freezes, moves, organisations, steps
from liftlock.services.freezes import FreezeWish
from liftlock.services.slots import At, Soon
from past_moves import running, step_begins

TO_STAGING = "/development/move-to-staging"
TO_PRODUCTION = "/staging/move-to-production"
DEPLOYMENT = "/production/production-deployment"
MARK = re.compile(r"/events\?mark=([0-9a-f]+)")
REFRESH = '<noscript><meta http-equiv="refresh" content="10"></noscript>'


def in_days(acme: Acme, days: int) -> date:
    with acme.books.transaction() as tx:
        return (tx.now + timedelta(days=days)).date()


def has_link(page: Page, words: str) -> bool:
    return any(said == words for said, _ in page.links)


def four_eyes(acme: Acme, *, on: bool) -> None:
    with acme.books.transaction() as tx:
        _ = organisations.change(tx, acme.operator, acme.organisation.id, four_eyes=on)


def put_back_again(acme: Acme, state: State = State.ERRORED) -> int:
    """Let a move be errored, and Ben ask that it be put back again."""
    move = to_staging(acme)
    _ = validate(acme, move)
    assert begin(acme)
    _ = end(acme, move, state)
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ben, move.id, How.PUT_BACK_AGAIN)
    return move.id


def test_staging_sees_why_its_move_to_production_was_refused_and_by_whom(
    own_browsers: Browsers,
) -> None:
    acme, ben = own_browsers.served.acme, own_browsers.of("ben")
    brought = moved_to_staging(acme)
    move = to_production(acme, At(day=in_days(acme, 3), hour=6, minute=0))
    with acme.books.transaction() as tx:
        _ = moves.cancel(tx, acme.cem, move.id, "Not in this quarter")
    page = ben.open(TO_PRODUCTION)
    assert f"Move to Production {move.id} was canceled by Cem on" in page.text
    assert ": Not in this quarter. Move to Staging" in page.text
    assert f"Previous Move to Production {move.id}" in page.text
    assert "ProductionCanceled" in page.text
    assert "Canceled byCCem" in page.text
    assert page.text.count(f"Move to Staging {brought.id}Open") == 1
    assert "Ben or Dora: test it" in page.text


def test_who_withdrew_a_move_is_named(browsers: Browsers) -> None:
    acme, ana = browsers.served.acme, browsers.of("ana")
    move = to_staging(acme)
    with acme.books.transaction() as tx:
        _ = moves.withdraw(tx, acme.dora, move.id)
    page = ana.open(TO_STAGING)
    assert f"Move to Staging {move.id} was withdrawn by Dora on" in page.text
    assert "Withdrawn byDDora" in page.text
    assert "until about" not in page.text.partition("Previous")[2].partition("How this")[0]
    refused = browsers.of("ben").open(f"/moves/{move.id}")
    assert "Withdrawn byDDora" in refused.text


def test_another_date_does_not_make_what_cannot_be_validated_valid(
    own_browsers: Browsers,
) -> None:
    acme, cem = own_browsers.served.acme, own_browsers.of("cem")
    _ = moved_to_staging(acme)
    move = to_production(acme, At(day=in_days(acme, 3), hour=6, minute=0))
    acme.install(Kind.PRODUCTION, acme.push("acme.base", "2.0"))
    with acme.books.transaction() as tx:
        assert moves.review(tx, acme.cem, move.id).move.changed
    _ = cem.open(f"/moves/{move.id}/modify?day={in_days(acme, 5)}&hour=6&minute=0")
    assert "it cannot be validated again" in cem.page.text
    after = cem.send(f"/moves/{move.id}/modify", do="confirm")
    assert after.url == DEPLOYMENT
    assert not after.has_form(f"/moves/{move.id}/validate")
    assert "Staging was tested against another Production" in after.text
    assert "It cannot be validated any more: Cem or Dora cancels it" in after.text
    assert "stale" not in after.text


def test_what_is_being_put_back_again_is_nobodys_to_resolve(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = put_back_again(acme)
    for address in (TO_PRODUCTION, f"/moves/{move}", "/"):
        page = ben.open(address)
        assert not has_link(page, "Put back again"), address
        assert not has_link(page, "Mark as repaired"), address
        assert "must look at Staging. Until" not in page.text, address
    assert "is being put back again: Ben asked for that on" in ben.open(TO_PRODUCTION).text
    assert "Being put back again" in ben.page.text
    assert "Look at Staging" not in ben.open("/").text
    refused = ben.open(f"/moves/{move}/resolve")
    assert (refused.status, "already being put back again" in refused.text) == (409, True)


def test_a_proposal_that_nobody_validated_has_no_stale_validation(
    own_browsers: Browsers,
) -> None:
    acme, ben = own_browsers.served.acme, own_browsers.of("ben")
    move = to_staging(acme, At(day=in_days(acme, 3), hour=22, minute=0))
    acme.install(Kind.PRODUCTION, acme.push("acme.base", "2.0"))
    _ = ben.open(TO_PRODUCTION)
    page = ben.send(f"/moves/{move.id}/review")
    assert "Production has changed since this was proposed" in page.text
    assert "stale" not in page.text
    assert "validated again" not in page.text.partition("How this works")[0]
    assert "validate it again" not in page.text
    assert "Waiting for validation" in page.text
    assert 'class="lift" data-state="proposed"' in page.html


def test_another_date_asks_for_somebody_else_only_with_four_eyes(browsers: Browsers) -> None:
    acme, dora = browsers.served.acme, browsers.of("dora")
    four_eyes(acme, on=False)
    move = to_staging(acme, At(day=in_days(acme, 3), hour=22, minute=0))
    page = dora.open(f"/moves/{move.id}/modify")
    assert "any validation fall: it must be validated again." in page.text
    with acme.books.transaction() as tx:
        _ = moves.modify_date(tx, acme.dora, move.id, At(day=in_days(acme, 4), hour=6, minute=0))
    assert "It waits for a validation." in browsers.of("ben").open("/inbox").text


def test_a_proposal_as_soon_as_possible_is_modified_from_a_time_to_come(
    browsers: Browsers,
) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = to_staging(acme, Soon())
    page = ben.open(f"/moves/{move.id}/modify")
    assert "This time is past" not in page.text
    assert page.form(f"/moves/{move.id}/modify").value("hour") == "9"


def test_how_long_it_took_is_said_of_what_is_planned(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    done = running(acme)
    _ = end(acme, done)
    assert "The last" not in ben.open(TO_PRODUCTION).text
    _ = to_staging(acme)
    assert "The last Move to Staging took" in ben.open(TO_PRODUCTION).text
    ran = ben.open(f"/moves/{done.id}").text
    assert "until about" not in ran
    assert "Ran" in ran


def test_an_errored_move_is_not_planned(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = running(acme)
    _ = end(acme, move, State.ERRORED)
    page = ben.open("/")
    assert f"PlannedMove to Staging {move.id}" not in page.text
    assert f"PlannedNothingMove to Staging {move.id} is errored" in page.text


def test_who_lacks_a_role_is_not_told_that_there_is_no_self_service(browsers: Browsers) -> None:
    page = browsers.of("ben").open(f"{TO_STAGING}/schedule")
    assert page.status == 403
    assert "Self-service is not available yet" not in page.text
    assert "nothing can be scheduled or validated here" not in page.text
    assert "You are not a Delegated Administrator of Development" in page.text
    assert "Self-service is in place" in page.text


def test_an_override_is_offered_to_those_who_may_give_it(browsers: Browsers) -> None:
    acme = browsers.served.acme
    day = in_days(acme, 3)
    _ = to_staging(acme, At(day=day, hour=22, minute=0))
    with acme.books.transaction() as tx:
        begins = tx.now.replace(year=day.year, month=day.month, day=day.day, tzinfo=None, hour=20)
        wish = FreezeWish(
            organisation=acme.organisation.id, begin=begins, end=begins + timedelta(hours=10),
            reason="Half-year closing", environment=Kind.STAGING,
        )  # fmt: skip
        _ = freezes.enter(tx, acme.dora, wish)
    assert has_link(browsers.of("ben").open("/calendar"), "Override the freeze")
    for name in ("eve", "ana", "cem"):
        page = browsers.of(name).open("/calendar")
        assert "expires without an override" in page.text
        assert not has_link(page, "Override the freeze"), name
    assert ": Ben or Dora of Staging must override it" in browsers.of("eve").open("/").text


def test_a_run_that_is_being_taken_back_cannot_be_stopped(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = running(acme)
    step_begins(acme, move.id, "copy_and_mask")
    assert has_link(ben.open(TO_PRODUCTION), "Stop")
    step_begins(acme, move.id, "undo copy_and_mask")
    page = ben.open(TO_PRODUCTION)
    assert not has_link(page, "Stop")
    assert "should end" not in page.text
    assert "It broke, and Staging is being put back as it was." in page.text
    refused = ben.open(f"/moves/{move.id}/stop")
    assert (refused.status, "there is nothing to stop" in refused.text) == (409, True)
    assert browsers.served.ask("ben", "POST", f"/moves/{move.id}/stop").code == (
        "move.already_taken_back"
    )
    assert now(acme, move).stop_asked is None
    with acme.books.transaction() as tx:
        assert len(steps.list_all(tx, acme.ben, move.id)) == 2


def test_open_pages_are_told_when_they_are_out_of_date(browsers: Browsers) -> None:
    acme, ana = browsers.served.acme, browsers.of("ana")
    assert not MARK.search(ana.open(TO_STAGING).html)
    move = to_staging(acme)
    for address in (TO_STAGING, "/"):
        page = ana.open(address)
        assert f'hx-get="{address}" hx-trigger="done"' in page.html
        assert REFRESH not in page.html
    mark = MARK.findall(ana.page.html)[0]
    with streaming(ana, f"/events?mark={mark}") as stream:
        _ = validate(acme, move)
        assert stream.is_done()
    assert begin(acme)
    page = ana.open("/")
    assert REFRESH in page.html
    assert REFRESH in ana.open(TO_STAGING).html
    mark = MARK.findall(page.html)[0]
    with streaming(ana, f"/events?mark={mark}") as stream:
        step_begins(acme, move.id, "drain")
        assert stream.is_done()
    with streaming(ana, f"/events?mark={mark}") as late:
        assert late.is_done()
    with streaming(browsers.stranger(), f"/events?mark={mark}") as refused:
        assert (refused.status, refused.headers["hx-refresh"]) == (401, "true")
