"""Phones, paper, and people who want nothing to move."""

import pytest
from playwright.sync_api import Page, expect

from chromium import PHONE, Windows
from screens import SCENES, UP
from staging import Stage
from walking import click, expect_status, main

SMALL = """
() => [...document.querySelectorAll(
    'main a.button, main .icon-button, main button, .menu summary, main select')]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
  .map(e => `${e.textContent.trim()} ${e.getBoundingClientRect().height}`)
"""
MOVING = """
() => document.getAnimations().filter(a => a.playState === 'running'
  && a.effect.getComputedTiming().iterations === Infinity).length
"""


def test_a_move_is_scheduled_on_a_phone(stage: Stage) -> None:
    with stage.set(SCENES["beginning"]) as (windows, _):
        page = windows.of("ana", "/", size=PHONE)
        page.get_by_text("Menu", exact=True).click()
        menu = page.get_by_role("navigation", name="Menu")
        menu.get_by_role("link", name="Development").click()
        click(page, "Schedule Move to Staging")
        page.locator("#d-2026-05-29").click()
        expect(page.locator("#day-title")).to_have_text("Friday, May 29")
        page.get_by_label("Hours", exact=True).select_option("22")
        expect(page.locator(".fits")).to_contain_text("22:00")
        assert page.evaluate(SMALL) == []
        click(page, "Confirm")
        page.get_by_role("checkbox", name="acme.claims").uncheck()
        expect(main(page)).to_contain_text("3 of 4 selected")
        assert page.evaluate(SMALL) == []
        click(page, "Confirm")
        expect_status(page, "ProposedMoveToStaging")


@pytest.mark.parametrize("still", [True, False], ids=["wants no movement", "does not mind"])
def test_whoever_wants_no_movement_sees_none(stage: Stage, *, still: bool) -> None:
    scene = SCENES["running"]
    with stage.set(scene) as (windows, ids):
        for screen in (scene.screens[0], scene.screens[3]):
            page = windows.show(screen, ids, still=still)
            expect(main(page)).to_be_visible()
            assert (page.evaluate(MOVING) == 0) is still, screen.name


def test_a_moves_page_prints_as_a_document(stage: Stage) -> None:
    with stage.set(SCENES["tested"]) as (windows, ids):
        page = windows.of("ben", f"/moves/{ids['move']}")
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator(".side")).to_be_hidden()
        expect(page.locator(".print-only")).to_contain_text("Acme")
        for hidden in page.locator("main .actions, main .button").all():
            expect(hidden).to_be_hidden()
        for said in ("MovedToStaging", "acme.claims", "1,204,331 rows"):
            expect(main(page)).to_contain_text(said)
        assert ground(page) in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}
        assert page.pdf(format="A4").startswith(b"%PDF")


def ground(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_a_page_can_be_made_twice_as_large(stage: Stage) -> None:
    """At 200 %, a window of 1,280 pixels is one of 640."""
    with stage.set(SCENES["proposed"]) as (windows, ids):
        page = windows.of("ben", size=(640, 400))
        for path in ("/", UP, f"/moves/{ids['move']}", "/calendar", "/moves"):
            _ = page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_the_theme_that_was_chosen_stays(windows: Windows) -> None:
    page = windows.of("ana", "/settings", theme="dark")
    page.locator(".side-row").get_by_role("button", name="Light theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    _ = page.goto("/moves")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
