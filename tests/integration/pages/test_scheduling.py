"""Scheduling from the consoles, without scripts: forms, redirects, and what a refusal shows."""

from datetime import date, timedelta

from acme_books import Acme
from browsing import Browser, Browsers, Page
from journeys import down_align, moved_to_staging, to_production, to_staging
from liftlock.domain.moves import Move
from liftlock.domain.statuses import MoveKind
from liftlock.services import moves, slots
from liftlock.services.slots import At, Soon

TO_STAGING = "/development/move-to-staging"
DOWN = "/development/down-alignment"
TO_PRODUCTION = "/staging/move-to-production"
DEPLOYMENT = "/production/production-deployment"
ODD_NAME = "<script>alert(1)</script> 🚀 \u200f\u05e9\u05dc\u05d5\u05dd" + "x" * 150


def link(page: Page, text: str) -> str:
    found = [address for said, address in page.links if said == text]
    assert found, f"no link {text} among {page.links}"
    return found[0]


def buttons(page: Page) -> list[str]:
    return [text for form in page.forms for text, _, _ in form.buttons]


def in_days(acme: Acme, days: int) -> date:
    with acme.books.transaction() as tx:
        return (tx.now + timedelta(days=days)).date()


def hold(browser: Browser, console: str) -> Page:
    """Go from a console's page over the calendar to the second step, at the time it proposes."""
    _ = browser.open(f"{console}/schedule")
    return browser.send(f"{console}/schedule", do="confirm")


def every_move(acme: Acme) -> tuple[Move, ...]:
    with acme.books.transaction() as tx:
        return moves.list_moves(tx, acme.eve, acme.organisation.id)


def test_a_move_to_staging_from_its_calendar_to_its_validation(browsers: Browsers) -> None:
    ana, ben = browsers.of("ana"), browsers.of("ben")
    idle = ana.open(TO_STAGING)
    assert "Why is it not moving? Nothing is planned." in idle.text
    calendar = ana.open(link(idle, "Schedule Move to Staging"))
    form = calendar.form(f"{TO_STAGING}/schedule")
    assert (form.value("hour"), form.value("minute")) == ("9", "0")
    modules = ana.send(f"{TO_STAGING}/schedule", do="confirm")
    assert modules.url == f"{TO_STAGING}/schedule/modules"
    assert "Held for you until" in modules.text
    assert modules.form(modules.url).value("module") == "acme.crm"
    planned = ana.send(modules.url, do="confirm")
    assert planned.url == TO_STAGING
    for words in (
        "It now requires validation in Staging.",
        "ProposedMoveToStaging", "Scheduled for", "Submitted by", "Accepted by",
        "Empty, waiting for approval in Staging", "Modules", "acme.crm",
        "It waits for a validation in Staging by Ben or Dora, since",
        "Without one it expires on", "Move to Staging planned", "Waiting for validation",
    ):  # fmt: skip
        assert words in planned.text, words
    waiting = ben.open(TO_PRODUCTION)
    assert "Validate Scheduled Proposal" in buttons(waiting)
    action = next(f.action for f in waiting.forms if f.action.endswith("/validate"))
    validated = ben.send(action)
    assert validated.url == TO_PRODUCTION
    assert "ValidatedMoveToStaging" in validated.text
    assert "it begins by itself on" in validated.text
    assert "Validate Scheduled Proposal" not in buttons(validated)


def test_a_hold_is_real_and_seen_by_others(browsers: Browsers) -> None:
    ana, dora = browsers.of("ana"), browsers.of("dora")
    _ = hold(ana, TO_STAGING)
    with browsers.served.acme.books.transaction() as tx:
        held = slots.calendar(tx, browsers.served.acme.eve, browsers.served.acme.organisation.id)
    assert [busy.said for busy in held] == ["being booked by Ana"]
    day = held[0].interval.begin.date()
    seen = dora.open(f"{TO_STAGING}/schedule?day={day}&hour=9&minute=0")
    assert "Being booked by Ana" in seen.text
    assert "This time is taken" in seen.text
    refused = dora.send(f"{TO_STAGING}/schedule", do="confirm")
    assert refused.status == 422
    assert "being booked by Ana" in refused.text
    own = ana.open(f"{TO_STAGING}/schedule?day={day}&hour=9&minute=0")
    assert "is free" in own.text


def test_a_held_time_can_be_given_back(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    _ = hold(ana, TO_STAGING)
    form = ana.page.form(f"{TO_STAGING}/schedule/modules")
    form.action = f"{TO_STAGING}/schedule/release"
    back = ana.send_form(form)
    assert back.url == TO_STAGING
    assert "is free again" in back.text
    without = ana.open(f"{TO_STAGING}/schedule/modules")
    assert "You hold no time, or no longer" in without.text


def test_without_a_hold_nothing_is_scheduled_and_the_choice_stays(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    page = ana.open(f"{TO_STAGING}/schedule/modules")
    refused = ana.send(page.url, do="confirm")
    assert refused.status == 422
    assert "You hold no time" in refused.text
    assert refused.form(f"{TO_STAGING}/schedule/modules").value("module") == "acme.crm"
    assert not every_move(browsers.served.acme)


def test_as_soon_as_possible_takes_the_first_free_time(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    _ = ana.open(f"{TO_STAGING}/schedule")
    modules = ana.send(f"{TO_STAGING}/schedule", do="soon")
    assert "as soon as possible" in modules.text
    planned = ana.send(modules.url, do="confirm")
    assert "as soon as possible" in planned.text
    assert every_move(browsers.served.acme)[0].slot.soon


def test_clearing_every_module_is_refused_with_the_choice_kept(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    page = hold(ana, TO_STAGING)
    looked = ana.send(page.url, do="check", module=[])
    assert looked.url == f"{TO_STAGING}/schedule/modules?shown=1"
    assert "No module is selected" in looked.text
    refused = ana.send(f"{TO_STAGING}/schedule/modules", do="confirm")
    assert refused.status == 422
    assert "No module is selected" in refused.text
    assert "0 of 1 selected" in refused.text
    assert not every_move(browsers.served.acme)


def test_what_changed_in_development_meanwhile_is_looked_at_again(own_browsers: Browsers) -> None:
    acme, ana = own_browsers.served.acme, own_browsers.of("ana")
    page = hold(ana, TO_STAGING)
    acme.install(acme.development.kind, acme.push("acme.base", "2.0"))
    refused = ana.send(page.url, do="confirm")
    assert refused.status == 422
    assert "have changed since this page was opened" in refused.text
    assert "acme.base" in refused.text
    assert not every_move(acme)


def test_sending_a_form_twice_schedules_once(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    page = hold(ana, TO_STAGING)
    form = page.form(page.url)
    first, second = (ana.send_form(form, do="confirm") for _ in range(2))
    assert first.url == second.url == TO_STAGING
    assert len(every_move(browsers.served.acme)) == 1


def test_a_down_align_shows_what_would_be_lost_before_it_is_confirmed(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    page = hold(ana, DOWN)
    assert page.url == f"{DOWN}/schedule/scope"
    for words in (
        "SystemDB repository and files configuration", "Data repositories (Anonymization)",
        "What Development would lose", "1 module differs", "acme.crm 1.0", "Not in Production",
        "modules/acme.crm/pages/crm.txt",
    ):  # fmt: skip
        assert words in page.text, words
    nothing = ana.send(page.url, do="confirm", scope=[])
    assert nothing.status == 422
    assert "Choose what to synchronise" in nothing.text
    planned = ana.send(f"{DOWN}/schedule/scope", do="confirm", scope="data")
    assert planned.url == DOWN
    assert "Scheduled" in planned.text
    assert "Data repositories (Anonymization)" in planned.text
    assert "SystemDB repository" not in planned.text
    assert "Accepted by" not in planned.text
    assert link(planned, "Cancel")
    assert "Modify Proposal" not in planned.text


def test_repositories_that_stay_newer_need_a_tick(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    page = hold(ana, DOWN)
    refused = ana.send(page.url, do="confirm", scope="systemdb_and_files")
    assert refused.status == 422
    assert "Repositories stay newer than the modules that come" in refused.text
    planned = ana.send(
        f"{DOWN}/schedule/scope",
        do="confirm",
        scope="systemdb_and_files",
        newer_understood="yes",
    )
    assert planned.url == DOWN


def test_a_down_align_is_canceled_by_those_who_scheduled_it(browsers: Browsers) -> None:
    acme, ana = browsers.served.acme, browsers.of("ana")
    move = down_align(acme)
    asked = ana.open(link(ana.open(DOWN), "Cancel"))
    assert "Cancel this Down Align?" in asked.text
    over = ana.send(f"/moves/{move.id}/withdraw")
    assert over.url == DOWN
    assert "Previous Down Align" in over.text
    assert "Canceled" in over.text


def test_a_tested_move_goes_on_to_production_with_a_note(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    _ = moved_to_staging(acme)
    ben, cem = own_browsers.of("ben"), own_browsers.of("cem")
    tested = ben.open(TO_PRODUCTION)
    assert "Test Staging, then go on" in tested.text
    _ = ben.open(link(tested, "Validate & Schedule Move to Production"))
    review = ben.send(f"{TO_PRODUCTION}/schedule", do="confirm")
    assert review.url == f"{TO_PRODUCTION}/schedule/review"
    assert "1 of 1 digest equal" in review.text
    assert "Validate & Schedule" in buttons(review)
    planned = ben.send(review.url, tested_note="all orders <b>twice</b>")
    assert planned.url == TO_PRODUCTION
    for words in ("ProposedMoveToProduction", "all orders <b>twice</b>", "Validated by"):
        assert words in planned.text, words
    assert "&lt;b&gt;twice" in planned.html
    waiting = cem.open(DEPLOYMENT)
    assert "Accepted by" in waiting.text
    action = next(f.action for f in waiting.forms if f.action.endswith("/validate"))
    validated = cem.send(action)
    assert validated.url == DEPLOYMENT
    assert "ValidatedMoveToProduction" in validated.text


def test_a_drifted_staging_is_refused_before_a_time_is_chosen(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    _ = moved_to_staging(acme)
    acme.install(acme.staging.kind, acme.push("acme.crm", "2.0"))
    refused = own_browsers.of("ben").open(f"{TO_PRODUCTION}/schedule")
    assert refused.status == 409
    assert "acme.crm is 2.0 instead of 1.0" in refused.text


def test_somebody_who_may_not_schedule_sees_the_page_and_is_refused_the_calendar(
    browsers: Browsers,
) -> None:
    eve = browsers.of("eve")
    page = eve.open(TO_STAGING)
    assert page.status == 200
    assert "Schedule Move to Staging" not in [text for text, _ in page.links]
    refused = eve.open(f"{TO_STAGING}/schedule")
    assert refused.status == 403
    assert eve.open("/development/move-to-production").status == 404


def test_times_that_cannot_be_say_what_could(browsers: Browsers) -> None:
    acme, ana = browsers.served.acme, browsers.of("ana")
    past = ana.open(f"{TO_STAGING}/schedule?day={in_days(acme, -1)}")
    assert "This time is past" in past.text
    assert "Free instead" in past.text
    refused = ana.send(f"{TO_STAGING}/schedule", do="confirm")
    assert refused.status == 422
    far = ana.open(f"{TO_STAGING}/schedule?day={in_days(acme, 400)}")
    assert "Too far ahead" in far.text
    for wrong in ("day=x", "month=2026-99", "day=2027-01-01&hour=24", "minute=7"):
        assert ana.open(f"{TO_STAGING}/schedule?{wrong}").status == 422, wrong


def test_the_time_is_looked_at_without_scripts(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    _ = ana.open(f"{TO_STAGING}/schedule")
    looked = ana.send(f"{TO_STAGING}/schedule", do="look", hour="22", minute="35")
    assert "hour=22&minute=35" in looked.url
    form = looked.form(f"{TO_STAGING}/schedule")
    assert (form.value("hour"), form.value("minute")) == ("22", "35")


def test_a_taken_time_names_who_and_offers_another(browsers: Browsers) -> None:
    acme, ana = browsers.served.acme, browsers.of("ana")
    day = in_days(acme, 3)
    _ = to_staging(acme, At(day=day, hour=9, minute=0))
    page = ana.open(f"{TO_STAGING}/schedule?day={day}&hour=10&minute=0")
    assert "This time is taken" in page.text
    assert "Move to Staging, booked by Ana" in page.text
    offered = next(address for text, address in page.links if text.endswith("at 13:00"))
    assert "is free" in ana.open(offered).text


def test_a_console_page_survives_any_name(browsers: Browsers) -> None:
    acme, dora = browsers.served.acme, browsers.of("dora")
    with acme.books.transaction() as tx:
        _ = slots.book_maintenance(
            tx, acme.dora, acme.staging.id, At(day=in_days(acme, 2), hour=9, minute=0),
            length=timedelta(hours=1), reason=ODD_NAME,
        )  # fmt: skip
        _ = slots.hold(tx, acme.ana, acme.organisation.id, MoveKind.DOWN_ALIGN, Soon())
    page = dora.open(f"{TO_STAGING}/schedule?day={in_days(acme, 2)}")
    assert page.status == 200
    assert "<script>alert" not in page.html
    assert "🚀" in page.text


def test_what_waits_with_a_tested_staging_is_named_before_that_is_replaced(
    own_browsers: Browsers,
) -> None:
    acme, ana = own_browsers.served.acme, own_browsers.of("ana")
    _ = moved_to_staging(acme)
    assert "A Move to Production waits" not in ana.open(f"{TO_STAGING}/schedule").text
    waiting = to_production(acme)
    calendar = ana.open(f"{TO_STAGING}/schedule")
    assert "A Move to Production waits" in calendar.text
    assert link(calendar, f"Move to Production {waiting.id}") == f"/moves/{waiting.id}"
    assert "A Move to Production waits" in hold(ana, TO_STAGING).text
    assert "A Move to Production waits" not in ana.open(f"{DOWN}/schedule").text
