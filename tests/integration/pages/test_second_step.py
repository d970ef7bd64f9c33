"""Between the two steps of scheduling: holds, choices and notes of pages that were left open."""

from browsing import Browser, Browsers, Page
from journeys import moved_to_staging
from liftlock.domain.moves import Move
from liftlock.services import moves, slots

TO_STAGING = "/development/move-to-staging"
DOWN = "/development/down-alignment"
TO_PRODUCTION = "/staging/move-to-production"
MODULES, SCOPE = f"{TO_STAGING}/schedule/modules", f"{DOWN}/schedule/scope"
REVIEW = f"{TO_PRODUCTION}/schedule/review"
REPLACED = "The only time that you hold is"


def hold(browser: Browser, console: str, **when: str) -> Page:
    """Go over the calendar to the second step, at the time it proposes or another."""
    _ = browser.open(f"{console}/schedule")
    return browser.send(f"{console}/schedule", **({"do": "confirm"} | when))


def press(browser: Browser, form: str, button: str, **fields: str | list[str]) -> Page:
    """Send a form of the second step with a button that leads elsewhere."""
    sent = browser.page.form(form)
    sent.action = f"{form.rpartition('/')[0]}/{button}"
    return browser.send_form(sent, **fields)


def scheduled(browsers: Browsers) -> tuple[Move, ...]:
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        return moves.list_moves(tx, acme.eve, acme.organisation.id)


def test_a_page_left_open_books_no_other_time_than_it_shows(browsers: Browsers) -> None:
    first, second = browsers.of("ana"), browsers.of("ana")
    _ = hold(first, TO_STAGING, hour="9")
    _ = hold(second, TO_STAGING, hour="17")
    refused = first.send(MODULES, do="confirm")
    assert refused.status == 422
    assert REPLACED in refused.text
    assert "at 17:00, for: Move to Staging" in refused.text
    assert not scheduled(browsers)
    assert refused.form(MODULES).value("module") == "acme.crm"
    assert first.send(MODULES, do="confirm").url == TO_STAGING
    assert [move.slot.wall.hour for move in scheduled(browsers)] == [17]


def test_a_time_that_is_held_for_another_move_is_not_taken_for_this_one(
    browsers: Browsers,
) -> None:
    first, second = browsers.of("ana"), browsers.of("ana")
    _ = hold(first, TO_STAGING)
    _ = hold(second, DOWN, do="soon")
    refused = first.send(MODULES, do="confirm")
    assert (refused.status, scheduled(browsers)) == (422, ())
    assert "for: Down Align" in refused.text
    assert "You hold no time, or no longer" in refused.text
    without = first.send(MODULES, do="confirm")
    assert (without.status, scheduled(browsers)) == (422, ())
    assert second.send(SCOPE, do="confirm").url == DOWN


def test_a_page_shows_no_time_that_is_held_for_another_move(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    _ = hold(ana, TO_STAGING)
    other = ana.open(SCOPE)
    assert "You hold no time, or no longer" in other.text
    assert "Held for you until" not in other.text


def test_only_the_time_that_a_page_shows_is_given_back_on_it(browsers: Browsers) -> None:
    first, second = browsers.of("ana"), browsers.of("ana")
    _ = hold(first, TO_STAGING)
    _ = hold(second, DOWN)
    back = press(first, MODULES, "release")
    assert REPLACED in back.text
    assert "is free again" not in back.text
    assert "Held for you until" in second.open(SCOPE).text


def test_what_is_selected_stays_when_another_date_is_chosen(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    _ = hold(ana, TO_STAGING)
    calendar = press(ana, MODULES, "change", module=[])
    assert calendar.url.startswith(f"{TO_STAGING}/schedule")
    chosen = ana.send(f"{TO_STAGING}/schedule", do="confirm")
    assert "0 of 1 selected" in chosen.text
    assert "0 of 1 selected" in ana.open(chosen.url).text, "opened again"
    _ = press(ana, MODULES, "change")
    assert "1 of 1 selected" in hold(ana, TO_STAGING).text, "scheduled anew from the start"


def test_what_is_to_be_synchronised_stays_when_another_date_is_chosen(
    browsers: Browsers,
) -> None:
    ana = browsers.of("ana")
    _ = hold(ana, DOWN)
    _ = press(ana, SCOPE, "change", scope="systemdb_and_files", newer_understood="yes")
    chosen = ana.send(f"{DOWN}/schedule", do="confirm")
    for page in (chosen, ana.open(chosen.url)):
        fields = [field for field in page.form(SCOPE).fields if field[1] != "data"]
        assert ("scope", "systemdb_and_files") in fields
        assert ("newer_understood", "yes") in fields
        assert ("scope", "data") not in page.form(SCOPE).fields


def test_a_note_stays_when_the_time_is_no_longer_held(own_browsers: Browsers) -> None:
    acme, ben = own_browsers.served.acme, own_browsers.of("ben")
    _ = moved_to_staging(acme)
    _ = hold(ben, TO_PRODUCTION)
    with acme.books.transaction() as tx:
        slots.release(tx, acme.ben)
    note = "all orders, twice\nand the <b>invoices</b> " + "é" * 1000
    refused = ben.send(REVIEW, tested_note=note)
    assert (refused.status, refused.form(REVIEW).value("tested_note")) == (422, note)
    assert "Choose day and time" in refused.text
    _ = press(ben, REVIEW, "change")
    again = ben.send(f"{TO_PRODUCTION}/schedule", do="confirm")
    assert again.form(REVIEW).value("tested_note").replace("\r\n", "\n") == note
    planned = ben.send(REVIEW)
    assert "and the <b>invoices</b>" in planned.text


def test_what_staging_would_lose_is_named_before_anything_is_booked(
    own_browsers: Browsers,
) -> None:
    acme, ana = own_browsers.served.acme, own_browsers.of("ana")
    newer = acme.push("acme.base", "2.0")
    for environment in (acme.development, acme.staging):
        acme.install(environment.kind, newer)
    page = hold(ana, TO_STAGING)
    assert "Staging will lose" not in page.text
    refused = ana.send(MODULES, do="confirm", module="acme.crm")
    assert (refused.status, scheduled(own_browsers)) == (422, ())
    assert "loses more than the page showed" in refused.text
    assert "Staging will lose" in refused.text
    assert ana.send(MODULES, do="confirm").url == TO_STAGING
    assert [each.code for each in scheduled(own_browsers)[0].content.packages] == ["acme.crm"]


def test_what_development_would_lose_is_named_before_anything_is_booked(
    browsers: Browsers,
) -> None:
    ana = browsers.of("ana")
    page = hold(ana, DOWN)
    _ = ana.send(page.url, do="check", scope="data")
    assert "acme.crm 1.0" not in ana.page.text
    refused = ana.send(SCOPE, do="confirm", scope=["systemdb_and_files", "data"])
    assert (refused.status, scheduled(browsers)) == (422, ())
    assert "look at what Development would lose" in refused.text
    assert "acme.crm 1.0" in refused.text
    less = ana.send(SCOPE, do="confirm", scope="data")
    assert less.url == DOWN, "less than was shown may be lost"
