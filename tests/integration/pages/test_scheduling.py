"""Scheduling from the consoles, without scripts: forms, redirects, and what a refusal shows."""

from datetime import timedelta
from typing import cast

from browsing import Browser, Browsers, Page
from journeys import moved_to_staging, to_staging
from liftlock.services import slots
from liftlock.services.slots import Soon

TO_STAGING = "/development/move-to-staging"
DOWN = "/development/down-alignment"
TO_PRODUCTION = "/staging/move-to-production"
DEPLOYMENT = "/production/production-deployment"


def link(page: Page, text: str) -> str:
    found = [address for said, address in page.links if said == text]
    assert found, f"no link {text} among {page.links}"
    return found[0]


def buttons(page: Page) -> list[str]:
    return [text for form in page.forms for text, _, _ in form.buttons]


def hold(browser: Browser, console: str) -> Page:
    """Go from a console's page over the calendar to the second step, at the time it proposes."""
    _ = browser.open(f"{console}/schedule")
    return browser.send(f"{console}/schedule", do="confirm")


def test_a_move_to_staging_from_its_calendar_to_its_validation(browsers: Browsers) -> None:
    ana, ben = browsers.of("ana"), browsers.of("ben")
    idle = ana.open(TO_STAGING)
    assert "Nothing is planned." in idle.text
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
    assert "Accepted by B Ben" in validated.text or "Ben" in validated.text
    assert "it begins by itself on" in validated.text
    assert "Validate Scheduled Proposal" not in buttons(validated)


def test_nothing() -> None:
    _ = (timedelta, cast, moved_to_staging, to_staging, slots, Soon, DOWN, DEPLOYMENT, hold)
