"""The calendar by keyboard alone, what hover and focus tell, and times that cannot be."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Page, expect

import scenes
from chromium import Windows
from screens import DOWN, UP
from staging import Stage
from walking import click, detail, expect_status

SLOT = f"{DOWN}/schedule?day=2026-05-27&hour=22"
CANNOT_BE = {
    "day=2027-03-28&hour=2&minute=30": ("02:30", "does not exist", "01:55", "03:00"),
    "day=2026-10-25&hour=2&minute=30": ("02:30", "twice", "UTC+02", "UTC+01"),
    "day=2026-12-22&hour=9": ("End of the year", "January 4"),
    "day=2026-05-19&hour=9": ("past", "May 19"),
    "day=2026-05-29&hour=22": ("Move to Staging", "Ana", "May 30"),
}
"""What an address asks for, and what is said then: why it cannot be, and what could."""
FOCUSED = "document.activeElement.dataset.day ?? document.activeElement.id"


@pytest.fixture
def windows(stage: Stage) -> Generator[Windows]:
    """A calendar with a move, maintenance, freezes, and a time that Dora holds."""
    with stage.acme() as acme:
        _ = scenes.validated(acme)
        with stage.windows(acme) as opened:
            yield opened


def expect_focus(page: Page, what: str) -> None:
    page.wait_for_function(f"what => ({FOCUSED}) === what", arg=what)


def press(page: Page, key: str, focused: str) -> None:
    page.keyboard.press(key)
    expect_focus(page, focused)


def refusal(page: Page) -> str:
    return page.locator("#slot-refusal").inner_text()


def test_a_down_align_is_scheduled_by_keyboard_alone(windows: Windows) -> None:
    page = windows.of("ana", DOWN)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Schedule Down Align")
    page.keyboard.press("Enter")
    page.wait_for_url("**/schedule")
    tab_to_id(page, "go-next")
    page.keyboard.press("Tab")
    day = page.evaluate(FOCUSED)
    assert day.startswith("2026-05-")
    for key, to in (("PageDown", "2026-06"), ("Home", ""), ("ArrowDown", ""), ("ArrowRight", "")):
        page.keyboard.press(key)
        page.wait_for_function(
            "([day, to]) => document.activeElement.dataset.day?.startsWith(to)"
            " && document.activeElement.dataset.day !== day",
            arg=[day, to],
        )
        day = page.evaluate(FOCUSED)
    page.keyboard.press("Enter")
    expect(page.locator("#chosen-day")).to_have_value(day)
    tab_to_id(page, "hour")
    page.keyboard.press("End")
    expect(page.locator(".fits")).to_contain_text("23:00")
    expect_focus(page, "hour")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".fits")).to_contain_text("22:00")
    tab_to(page, "Confirm")
    page.keyboard.press("Enter")
    page.wait_for_url("**/scope")
    tab_to_id(page, "s-systemdb_and_files")
    page.keyboard.press("Space")
    expect(page.locator("#s-systemdb_and_files")).not_to_be_checked()
    tab_to(page, "Confirm")
    page.keyboard.press("Enter")
    expect_status(page, "Scheduled")
    expect(detail(page, "Scheduled for")).to_contain_text("at 22:00")
    expect(detail(page, "Synchronised")).not_to_contain_text("SystemDB")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a button or link of this name has the focus."""
    page.wait_for_load_state()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    pytest.fail(f"{name} cannot be reached by Tab")


def tab_to_id(page: Page, wanted: str) -> None:
    page.wait_for_load_state()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == wanted:
            return
    pytest.fail(f"{wanted} cannot be reached by Tab")


def test_the_month_is_one_stop_on_the_chosen_day(windows: Windows) -> None:
    page = windows.of("ana", SLOT)
    expect(page.locator("a.day[tabindex='0']")).to_have_count(1)
    page.focus("#go-next")
    press(page, "Tab", "2026-05-27")
    press(page, "Tab", "hour")


def test_arrows_go_by_days_and_home_and_end_by_weeks(windows: Windows) -> None:
    page = windows.of("ana", SLOT)
    page.focus("#d-2026-05-27")
    for key, day in (
        ("ArrowRight", "2026-05-28"), ("ArrowLeft", "2026-05-27"), ("ArrowUp", "2026-05-20"),
        ("ArrowDown", "2026-05-27"), ("Home", "2026-05-25"), ("End", "2026-05-31"),
    ):  # fmt: skip
        press(page, key, day)
    expect(page.locator("a.day[tabindex='0']")).to_have_count(1)


def test_pages_go_by_months_and_keep_what_is_chosen(windows: Windows) -> None:
    page = windows.of("ana", SLOT)
    page.focus("#d-2026-05-27")
    press(page, "PageDown", "2026-06-27")
    expect(page.locator("#month")).to_have_text("June 2026")
    expect(page.locator("#day-title")).to_have_text("Wednesday, May 27")
    press(page, "PageUp", "2026-05-27")
    press(page, "ArrowDown", "2026-06-03")
    page.keyboard.press("Enter")
    expect(page.locator("#day-title")).to_have_text("Wednesday, June 3")
    expect_focus(page, "2026-06-03")
    chosen = page.locator("[aria-selected=true] a.day")
    expect(chosen).to_have_attribute("data-day", "2026-06-03")
    press(page, "Shift+PageDown", "2027-05-31")


def test_it_goes_on_to_the_same_day_twelve_months_ahead(windows: Windows) -> None:
    page = windows.of("ana", f"{SLOT}&month=2027-05")
    expect(page.locator("#go-next")).to_have_count(0)
    last, beyond = page.locator("#d-2027-05-19"), page.locator("#d-2027-05-20")
    expect(last).not_to_have_attribute("aria-disabled", "true")
    expect(beyond).to_have_attribute("aria-disabled", "true")
    last.click()
    expect(page.locator("#chosen-day")).to_have_value("2027-05-19")


def test_frozen_and_past_days_can_be_read_and_not_chosen(windows: Windows) -> None:
    page = windows.of("ana", SLOT)
    page.focus("#d-2026-05-25")
    expect(page.locator("#t-2026-05-25")).to_contain_text("Audit of the year")
    page.keyboard.press("Enter")
    page.locator("#d-2026-05-26").click(force=True)
    expect(page.locator("#d-2026-05-04")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#chosen-day")).to_have_value("2026-05-27")


def test_a_tip_says_what_is_booked_when_and_by_whom(windows: Windows) -> None:
    page = windows.of("ana", SLOT)
    tip = page.locator("#t-2026-05-29")
    expect(tip).to_be_hidden()
    page.hover("#d-2026-05-29")
    for said in ("Month-end closing", "06:00", "13:30", "Olga Operator", "Move to Staging", "Ana"):
        expect(tip).to_contain_text(said)
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    page.focus("#d-2026-05-29")
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.hover("#d-2026-05-21")
    expect(page.locator("#t-2026-05-21")).to_contain_text("being booked by Dora", ignore_case=True)


def test_a_time_is_judged_while_it_is_chosen_and_offers_lead_on(windows: Windows) -> None:
    page = windows.of("ana", f"{DOWN}/schedule?day=2026-05-29&hour=14")
    expect(page.locator(".fits")).to_contain_text("14:00 to about 18:00")
    page.select_option("#hour", "3")
    expect(page.locator("#slot-refusal")).to_contain_text("Month-end closing")
    expect(page.locator("#slot-refusal")).to_contain_text("Olga Operator")
    page.get_by_role("list", name="Times that are free").get_by_role("link").first.click()
    expect(page.locator(".fits")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm")).to_be_focused()
    page.reload()
    expect(page.locator(".fits")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_time_that_cannot_be_says_why_and_what_could(windows: Windows, *, scripts: bool) -> None:
    page = windows.of("ana", scripts=scripts)
    for query, words in CANNOT_BE.items():
        _ = page.goto(f"{DOWN}/schedule?{query}")
        said = refusal(page)
        assert all(word in said for word in words), said


def test_the_second_of_two_equal_times_can_be_booked(windows: Windows) -> None:
    page = windows.of("ana", f"{DOWN}/schedule?day=2026-10-25&hour=2&minute=30")
    expect(page.get_by_role("button", name="Confirm")).to_be_disabled()
    page.get_by_role("list", name="Times that are free").get_by_role("link").nth(1).click()
    expect(page.locator(".fits")).to_be_visible()
    click(page, "Confirm")
    expect(page.locator(".booked")).to_contain_text("UTC+01:00")


def test_a_chosen_time_is_held_for_whoever_chose_it(windows: Windows) -> None:
    page = windows.of("ana", f"{DOWN}/schedule?day=2026-05-28&hour=20")
    click(page, "Confirm")
    expect(page.locator(".booked-held")).to_contain_text("Held for you until 11:12")
    other = windows.of("dora", f"{UP}/schedule?day=2026-05-28&hour=20")
    expect(other.locator("#slot-refusal")).to_contain_text("Ana")
    click(page, "Give the time back")
    other.reload()
    expect(other.locator(".fits")).to_be_visible()


def test_as_soon_as_possible_is_one_click(windows: Windows) -> None:
    page = windows.of("ana", f"{DOWN}/schedule")
    expect(page.locator(".soon")).to_contain_text("Tuesday, May 19 at 10:40")
    click(page, "As soon as possible")
    expect(page.locator(".booked-when")).to_contain_text("May 19 at 10:40")


def test_everybody_reads_the_zone_in_which_times_are_meant(windows: Windows) -> None:
    page = windows.of("ana", SLOT)
    expect(page.locator("#day-panel")).to_contain_text("Europe/Paris (UTC+02:00)")
    calendar = windows.of("eve", "/calendar")
    expect(calendar.get_by_role("main")).to_contain_text("Europe/Paris")
