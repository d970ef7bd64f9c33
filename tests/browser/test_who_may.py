"""Signing in, what is missing and who gives it, and what only some may do."""

import pytest
from playwright.sync_api import Page, expect

from acme_books import Acme
from browsing import PASSWORD, give_password
from chromium import Windows
from journeys import to_staging
from liftlock.services import organisations, passwords
from liftlock.services.slots import At
from screens import DOWN, PRODUCTION, STAGING, UP
from walking import click, expect_status, main, sign_in

CONSOLES = (UP, DOWN, STAGING, PRODUCTION)
DEEDS = ("Schedule", "Validate", "Modify", "Cancel", "Withdraw", "Stop")


def far(acme: Acme) -> At:
    with acme.books.transaction() as tx:
        return At(day=tx.now.date().replace(year=tx.now.year + 1, day=1), hour=22, minute=0)


def test_a_wrong_password_says_so_and_keeps_the_name(acme: Acme, windows: Windows) -> None:
    give_password(acme, acme.ana)
    page = windows.stranger("/moves")
    sign_in(page, acme.ana.login, "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Sign-in name")).to_have_value(acme.ana.login)
    expect(page.get_by_label("Sign-in name")).to_be_focused()
    sign_in(page, acme.ana.login, PASSWORD)
    expect(page.get_by_role("heading", level=1, name="Moves")).to_be_visible()
    page.locator(".side-row").get_by_role("button", name="Sign out").click()
    expect(main(page)).to_contain_text("You are signed out")
    _ = page.go_back()
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()


def test_a_first_code_leads_to_a_password_of_ones_own(acme: Acme, windows: Windows) -> None:
    with acme.books.transaction() as tx:
        code = passwords.first_code(tx, acme.eve)
    page = windows.stranger("/audit")
    sign_in(page, acme.eve.login, code.get_secret_value())
    first, second = page.locator("input[type=password]").all()[-2:]
    first.fill("a long enough password")
    second.fill("a long enough password")
    main(page).get_by_role("button").first.click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_each_prerequisite_is_seen_missing_and_given(acme: Acme, windows: Windows) -> None:
    operator = windows.of("operator", f"/organisations/{acme.organisation.code}")
    operator.get_by_label("Plan").select_option("essential")
    operator.get_by_role("checkbox", name="Self-service is configured").uncheck()
    click(operator, "Save")
    page = windows.of("eve", UP)
    expect(page.locator(".needs [data-ok=no]")).to_have_count(0)
    ana = windows.of("ana", UP)
    expect(ana.locator(".needs [data-ok=no]")).to_have_count(2)
    expect(ana.locator(".needs")).to_contain_text("platform operator")
    _ = operator.goto(f"/organisations/{acme.organisation.code}")
    operator.get_by_label("Plan").select_option("enterprise")
    click(operator, "Save")
    _ = ana.reload()
    expect(ana.locator(".needs [data-ok=no]")).to_have_count(1)
    _ = operator.goto(f"/organisations/{acme.organisation.code}")
    operator.get_by_role("checkbox", name="Self-service is configured").check()
    click(operator, "Save")
    _ = ana.reload()
    expect(ana.get_by_role("link", name="Schedule Move to Staging")).to_be_visible()


@pytest.mark.parametrize("who", ["eve", "operator"])
def test_whoever_only_reads_has_no_button_for_a_move(
    acme: Acme, windows: Windows, who: str
) -> None:
    move = to_staging(acme, far(acme))
    page = windows.of(who)
    for path in (*CONSOLES, f"/moves/{move.id}"):
        _ = page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for deed in DEEDS:
            assert main(page).locator("a.button, button").filter(has_text=deed).count() == 0, path


def test_who_submitted_does_not_validate_and_reads_who_could(acme: Acme, windows: Windows) -> None:
    with acme.books.transaction() as tx:
        id_ = acme.organisation.id
        _ = organisations.change(tx, acme.operator, id_, four_eyes=True)
    page = windows.of("dora", UP)
    click(page, "Schedule Move to Staging")
    click(page, "As soon as possible")
    click(page, "Confirm")
    _ = page.goto(STAGING)
    expect(main(page)).to_contain_text("somebody else validates it (four-eyes is on): Ben")
    expect(page.get_by_role("button", name="Validate Scheduled Proposal")).to_have_count(0)
    ben = windows.of("ben", STAGING)
    click(ben, "Validate Scheduled Proposal")
    expect_status(ben, "ValidatedMoveToStaging")
    assert acme.ben.name == "Ben"


def test_whoever_must_act_is_told_with_a_link_to_the_page(acme: Acme, windows: Windows) -> None:
    _ = to_staging(acme, far(acme))
    page = windows.of("ben", "/")
    inbox = page.get_by_role("navigation", name="Main").get_by_role("link", name="Inbox")
    expect(inbox).to_contain_text("1")
    inbox.click()
    expect(main(page)).to_contain_text("waits for a validation")
    main(page).get_by_role("button", name="Open").or_(
        main(page).get_by_role("link", name="Open")
    ).first.click()
    expect_status(page, "ProposedMoveToStaging")
    expect(page.get_by_role("link", name="Inbox", exact=True).first).not_to_contain_text("1")


def open_form(page: Page, name: str) -> None:
    page.locator("summary").filter(has_text=name).click()


def test_maintenance_and_a_freeze_are_entered_obeyed_and_ended(
    acme: Acme, windows: Windows
) -> None:
    day = far(acme).day
    move = to_staging(acme, far(acme))
    page = windows.of("ben", f"/calendar?day={day}&month={day:%Y-%m}")
    open_form(page, "Enter a freeze")
    page.get_by_label("Reason", exact=True).fill("Release of the tariff engine")
    click(page, "Enter the freeze")
    expect(page.get_by_role("status")).to_contain_text(f"It lies over Move to Staging {move.id}")
    _ = page.goto(STAGING)
    expect(page.locator(".why")).to_contain_text("Release of the tariff engine")
    click(page, "Override the freeze")
    page.get_by_label("Reason").fill("The release waits for it")
    click(page, "Override the freeze")
    expect(page.get_by_role("status")).to_contain_text("Your reason is kept")
    dora = windows.of("dora", f"{DOWN}/schedule")
    expect(dora.locator("#slot")).to_be_visible()
    _ = page.goto("/calendar")
    page.get_by_role("button", name="End the freeze Release of the tariff engine").click()
    expect(page.get_by_role("status")).to_contain_text("ended")


def test_a_masking_policy_is_drafted_checked_and_approved(acme: Acme, windows: Windows) -> None:
    page = windows.of("ana", "/policies/customers/draft")
    click(page, "Check")
    expect(main(page)).to_contain_text("decided")
    click(page, "Fill in proposals")
    expect(page.get_by_label("The document, in TOML")).not_to_have_value("")
    click(page, "Submit for approval")
    expect(main(page)).to_contain_text("Waits for an approval")
    expect(page.get_by_role("button", name="Approve version 1")).to_have_count(0)
    cem = windows.of("cem", "/policies/customers")
    cem.get_by_role("button", name="Approve version 1").click()
    expect(main(cem)).to_contain_text("In force")
    assert acme.cem.name == "Cem"
