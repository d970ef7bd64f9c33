"""Masking policies on their pages: drafted in Development, approved in Production."""

from acme_books import Acme
from browsing import Browser, Browsers, Page
from liftlock.domain.environments import Kind
from liftlock.services import policy_versions

DRAFT, POLICY = "/policies/customers/draft", "/policies/customers"
BEGUN = 'repository = "customers"\n'
BROKEN = 'repository = "customers"\n[tables\n'


def asked(browser: Browser, document: str, do: str) -> Page:
    _ = browser.open(DRAFT)
    return browser.send(DRAFT, document=document, do=do)


def document_on(page: Page) -> str:
    return page.form(DRAFT).value("document")


def test_every_repository_has_its_policy(browsers: Browsers) -> None:
    page = browsers.of("eve").open("/policies")
    for label in ("systemdb", "customers", "files"):
        assert ("customers", POLICY) in page.links
        assert label in page.text.casefold()


def test_a_draft_that_is_checked_stays_as_it_was_typed_through_a_reload(
    browsers: Browsers, acme: Acme
) -> None:
    browser = browsers.of("ana")
    typed = BEGUN + "# of mine\n"
    page = asked(browser, typed, "check")
    assert page.url == DRAFT
    assert "not decided" in page.text or "Everything is decided" in page.text
    assert document_on(page) == typed
    assert document_on(browser.open(DRAFT)) == typed
    with acme.books.transaction() as tx:
        opened = policy_versions.of_repository(tx, acme.ana, acme.organisation.id, "customers")
    assert opened.waiting is None


def test_filling_in_shows_proposals_to_be_read(browsers: Browsers) -> None:
    page = asked(browsers.of("ana"), BEGUN, "fill")
    assert "Read each of them before you submit" in page.text
    assert document_on(page).startswith(BEGUN.strip())


def test_what_is_submitted_waits_and_the_next_draft_begins_with_it(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    filled = document_on(asked(browser, BEGUN, "fill"))
    page = browser.send(DRAFT, do="submit")
    assert page.url == POLICY
    assert "Waits for an approval" in page.text
    assert document_on(browser.open(DRAFT)) == filled
    assert not page.has_form(f"{POLICY}/approve")


def test_production_approves_and_says_so_once(browsers: Browsers) -> None:
    ana = browsers.of("ana")
    _ = asked(ana, BEGUN, "fill")
    _ = ana.send(DRAFT, do="submit")
    cem = browsers.of("cem")
    _ = cem.open(POLICY)
    page = cem.send(f"{POLICY}/approve")
    assert "Version 1 of the policy for customers is in force." in page.text
    assert not page.has_form(f"{POLICY}/approve")
    assert "Cem" in cem.open(f"{POLICY}/versions/1").text


def test_a_document_that_cannot_be_read_is_refused_with_its_line_and_kept(
    browsers: Browsers,
) -> None:
    browser = browsers.of("ana")
    for do in ("check", "fill", "submit"):
        page = asked(browser, BROKEN, do)
        assert page.status == 422
        assert "line 2" in page.text
        assert document_on(page) == BROKEN


def test_a_document_about_another_repository_is_refused(browsers: Browsers) -> None:
    page = asked(browsers.of("ana"), 'repository = "systemdb"\n', "check")
    assert page.status == 422
    assert "systemdb" in page.text


def test_whoever_may_not_draft_has_no_editor(browsers: Browsers) -> None:
    for name in ("ben", "cem", "eve"):
        page = browsers.of(name).open(DRAFT)
        assert page.status == 403
        assert Kind.DEVELOPMENT.title in page.text


def test_a_repository_that_nobody_has_is_no_page(browsers: Browsers) -> None:
    assert browsers.of("ana").open("/policies/payroll").status == 404
    assert browsers.of("ana").open("/policies/customers/versions/9").status == 404
