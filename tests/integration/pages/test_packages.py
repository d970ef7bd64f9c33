"""Modules on their page: what each environment says it has, even while one cannot say."""

from acme_books import Acme
from browsing import Browsers
from liftlock.domain.environments import Kind
from liftlock.environments import swapping
from liftlock.environments.servers import Database, at_maintenance
from past_moves import running


def shut(database: Database) -> None:
    """Close a database to everybody, as a swap does for a moment."""
    with at_maintenance(database) as connection:
        swapping.allow(connection, (database.name,), allowed=False)


def test_each_module_stands_beside_production(browsers: Browsers, acme: Acme) -> None:
    page = browsers.of("eve").open("/modules")
    assert "acme.crm" in page.text
    assert "not in Production" in page.text
    assert acme.crm.digest.removeprefix("sha256:")[:12] in page.text


def test_what_was_looked_for_is_found_by_code_or_title(browsers: Browsers) -> None:
    browser = browsers.of("eve")
    assert "acme.base" not in browser.open("/modules?only=differing").text
    assert "acme.crm" not in browser.open("/modules?find=BASE").text
    assert "No such module" in browser.open("/modules?find=payroll").text


def test_a_module_of_its_own_page_is_installed_once(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    _ = acme.push("acme.crm", "2.0")
    browser = own_browsers.of("ana")
    page = browser.open("/modules/acme.crm")
    form = page.form("/modules/install")
    said = "Development has acme.crm 2.0 now."
    assert said in browser.send_form(form).text
    again = browser.send_form(form)
    assert again.url == "/modules"
    assert "2.0" in own_browsers.of("eve").open("/modules?find=acme.crm").text


def test_nobody_else_installs(browsers: Browsers, acme: Acme) -> None:
    page = browsers.of("ben").open("/modules/acme.crm")
    assert not page.has_form("/modules/install")
    assert browsers.of("ana").open("/modules/acme.payroll").status == 404
    assert acme.crm.code in page.text


def test_an_environment_that_cannot_be_asked_leaves_the_others_readable(
    own_browsers: Browsers,
) -> None:
    acme = own_browsers.served.acme
    shut(acme.parts[Kind.STAGING].systemdb)
    page = own_browsers.of("eve").open("/modules")
    assert page.status == 200
    assert "Staging could not be asked" in page.text
    assert "Not known" in page.text
    assert "not in Production" in page.text


def test_a_place_that_a_move_has_closed_is_said_to_be_closed_by_it(
    own_browsers: Browsers,
) -> None:
    acme = own_browsers.served.acme
    browser = own_browsers.of("ana")
    _ = browser.open("/development/down-alignment/schedule")
    _ = browser.send("/development/down-alignment/schedule", do="soon")
    move = running(acme)
    shut(acme.parts[Kind.STAGING].systemdb)
    page = own_browsers.of("ana").open("/development/move-to-staging/schedule/modules")
    assert f"Move to Staging {move.id} runs and has closed it" in page.text
