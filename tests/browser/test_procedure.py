"""The whole procedure, from the first click to the last, over real environments and a real worker.

Each sentence of the procedure's own description is a line here; with scripts and without.
"""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

import walking
from browsing import PASSWORD, give_password
from chromium import Windows
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Installed
from liftlock.domain.people import Person
from liftlock.environments.servers import as_application
from liftlock.modules import readback
from town import Town
from walking import arrow, chamber, click, detail, expect_status, go, main, watch_to_the_end

CUSTOMERS = """
INSERT INTO base.customers (name, email)
SELECT format('Zoltan Quibblesworth %s', n), format('zoltan.%s@quibble.hu', n)
FROM generate_series(1, 20) n
"""
NAMES = "SELECT name FROM base.customers"


def fill_production(town: Town) -> None:
    with as_application(town.acme.parts[Kind.PRODUCTION].database("customers")) as connection:
        _ = connection.execute(CUSTOMERS)


def names_in(town: Town, kind: Kind) -> list[str]:
    with as_application(town.acme.parts[kind].database("customers")) as connection:
        return [name for (name,) in connection.execute(NAMES).fetchall()]


def modules_in(town: Town, kind: Kind) -> tuple[Installed, ...]:
    return readback.installed(town.acme.parts[kind])


def signed_in(windows: Windows, person: Person, *, scripts: bool) -> Page:
    """Open a window and sign in, as one does in the morning."""
    give_password(windows.acme, person)
    page = windows.stranger("/", scripts=scripts)
    walking.sign_in(page, person.login, PASSWORD)
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_modules_go_up_and_productions_state_comes_down(
    town: Town, town_windows: Windows, *, scripts: bool
) -> None:
    acme, windows = town.acme, town_windows
    fill_production(town)
    worker = town.start_worker()
    ana, ben, cem, dora = (
        signed_in(windows, person, scripts=scripts)
        for person in (acme.ana, acme.ben, acme.cem, acme.dora)
    )
    schedule_move_to_staging(ana)
    validate_move_to_staging(ben, dora, scripts=scripts)
    assert set(modules_in(town, Kind.STAGING)) == set(modules_in(town, Kind.DEVELOPMENT))
    assert "Quibblesworth" in str(names_in(town, Kind.STAGING))
    schedule_move_to_production(ben)
    validate_move_to_production(cem, scripts=scripts)
    assert set(modules_in(town, Kind.PRODUCTION)) == set(modules_in(town, Kind.STAGING))
    schedule_down_alignment(ana, scripts=scripts)
    assert len(names_in(town, Kind.DEVELOPMENT)) == 20
    assert "Quibblesworth" not in str(names_in(town, Kind.DEVELOPMENT))
    assert worker.ask_to_end() == 0


def schedule_move_to_staging(page: Page) -> None:
    go(page, "Development", "Move to Staging")
    expect(chamber(page, "development")).to_have_attribute("data-tone", "plain")
    expect(arrow(page, 0)).to_have_attribute("data-state", "none")
    click(page, "Schedule Move to Staging")
    expect(page.get_by_label("Hours", exact=True)).to_have_value("9")
    expect(page.get_by_label("Minutes", exact=True)).to_have_value("0")
    assert page.locator("#hour option").count() == 24
    assert page.locator("#minute option").count() == 12
    walking.choose_day(page, date.today() + timedelta(days=40))  # noqa: DTZ011  any day will do
    walking.choose_time(page, 22, 0)
    click(page, "Confirm")
    expect(page.locator(".booked-when")).to_contain_text("at 22:00")
    expect(page.locator("input[name=module]:not(:checked)")).to_have_count(0)
    click(page, "Confirm")
    expect(chamber(page, "development")).to_have_attribute("data-tone", "green")
    expect(arrow(page, 0)).to_have_attribute("data-state", "proposed")
    expect_status(page, "ProposedMoveToStaging")
    expect(detail(page, "Scheduled for")).to_contain_text("at 22:00")
    expect(detail(page, "Submitted by")).to_contain_text("Ana")
    expect(detail(page, "Accepted by")).to_contain_text("Empty, waiting for approval")
    expect(detail(page, "Modules")).to_contain_text("acme.crm")


def validate_move_to_staging(ben: Page, dora: Page, *, scripts: bool) -> None:
    """Ben finds the date unsuitable; so it must be somebody else who validates the new one."""
    go(ben, "Staging", "Move to Production")
    click(ben, "Modify Proposal")
    click(ben, "As soon as possible")
    expect(walking.said(ben)).to_contain_text("must be validated again")
    go(dora, "Staging", "Move to Production")
    expect_status(dora, "ProposedMoveToStaging")
    click(dora, "Validate Scheduled Proposal")
    expect(detail(dora, "Accepted by")).to_contain_text("Dora")
    click(dora, "Open")
    watch_to_the_end(dora, "Staging is as promised", scripts=scripts)
    expect_status(dora, "MovedToStaging")


def schedule_move_to_production(page: Page) -> None:
    go(page, "Staging", "Move to Production")
    expect(main(page)).to_contain_text("recommended to test Staging")
    click(page, "Validate & Schedule Move to Production")
    click(page, "As soon as possible")
    assert page.locator("input[type=checkbox]").count() == 0
    page.get_by_label("What was tested").fill("Every page was opened, every script ran.")
    click(page, "Validate & Schedule")
    expect(arrow(page, 1)).to_have_attribute("data-state", "proposed")
    expect_status(page, "ProposedMoveToProduction")
    expect(detail(page, "Accepted by")).to_contain_text("Ben")
    expect(detail(page, "Validated by")).to_contain_text("Empty, waiting for approval")


def validate_move_to_production(page: Page, *, scripts: bool) -> None:
    go(page, "Production", "Production Deployment")
    expect(detail(page, "Accepted by")).to_contain_text("Every page was opened")
    click(page, "Validate Scheduled Proposal")
    expect(detail(page, "Validated by")).to_contain_text("Cem")
    click(page, "Open")
    watch_to_the_end(page, "Production is as promised", scripts=scripts)
    expect_status(page, "MovedToProduction")


def schedule_down_alignment(page: Page, *, scripts: bool) -> None:
    go(page, "Development", "Down Alignment")
    click(page, "Schedule Down Align")
    click(page, "As soon as possible")
    expect(page.get_by_role("heading", name="What Development would lose")).to_be_visible()
    for box in ("SystemDB repository and files configuration", "Data repositories (Anonymization)"):
        expect(page.get_by_role("checkbox", name=box)).to_be_checked()
    click(page, "Confirm")
    expect(detail(page, "Synchronised")).to_contain_text("Data repositories (Anonymization)")
    click(page, "Open")
    watch_to_the_end(page, "Development is as promised", scripts=scripts)
    expect_status(page, "Completed")
