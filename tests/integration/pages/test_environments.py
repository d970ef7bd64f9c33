"""The overview, and how the environments are: what is planned, what waits, what is to be mended."""

import shutil

from acme_books import Acme
from browsing import Browsers
from journeys import to_staging, validate
from liftlock.domain.environments import Kind


def test_nothing_planned_says_what_begins_it(browsers: Browsers) -> None:
    page = browsers.of("ana").open("/")
    assert "A Move to Staging begins it" in page.text
    assert "What waits for you" not in page.text


def test_what_waits_for_somebody_stands_on_their_overview_only(
    browsers: Browsers, acme: Acme
) -> None:
    move = to_staging(acme)
    ben = browsers.of("ben").open("/")
    assert "What waits for you" in ben.text
    assert (f"Move to Staging {move.id}", f"/moves/{move.id}") in ben.links
    assert "What waits for you" not in browsers.of("cem").open("/").text
    _ = validate(acme, move)
    assert "What waits for you" not in browsers.of("ben").open("/").text


def test_a_publisher_who_may_not_read_it_lands_on_the_modules(browsers: Browsers) -> None:
    assert browsers.of("pat").open("/").url == "/modules"


def test_each_environment_is_shown_with_what_it_is_made_of(browsers: Browsers, acme: Acme) -> None:
    page = browsers.of("eve").open("/environments")
    for kind in Kind:
        assert acme.parts[kind].systemdb.name in page.text
        assert f"/environments/{kind}" in [to for _, to in page.links]
        assert acme.parts[kind].systemdb.keeper.get_secret_value() not in page.html


def test_what_is_missing_is_named_with_how_to_mend_it(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    browser = own_browsers.of("ana")
    assert "Nothing to mend" in browser.open("/environments/staging").text
    files = acme.parts[Kind.STAGING].files
    shutil.rmtree(files)
    page = browser.open("/environments/staging")
    assert "1 thing to mend before a move" in page.text
    assert str(files) in page.text


def test_an_environment_that_nobody_has_is_no_page(browsers: Browsers) -> None:
    assert browsers.of("ana").open("/environments/testing").status == 404
    assert browsers.of("pat").open("/environments/staging").status == 403
