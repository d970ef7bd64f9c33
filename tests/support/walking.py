"""What a Delegated Administrator does on the pages, click by click; with scripts and without."""

from datetime import date

from playwright.sync_api import Locator, Page, expect

from eventually import eventually

HELD_MS = 90_000
"""How long a real move may take on a busy machine."""
LOOK_AGAIN_MS = 1_000


def main(page: Page) -> Locator:
    return page.get_by_role("main")


def sign_in(page: Page, login: str, password: str) -> None:
    """Sign in on the page that asks for it."""
    page.get_by_label("Sign-in name").fill(login)
    page.get_by_label("Password or sign-in code").fill(password)
    page.get_by_role("button", name="Sign in").click()


def go(page: Page, console: str, title: str) -> None:
    """Open a self-service page by the navigation, as the procedure says it."""
    side = page.get_by_role("navigation", name="Main")
    side.get_by_role("link", name=console, exact=True).click()
    side.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def click(page: Page, name: str) -> None:
    """Press a button, or follow a link that looks like one, by its exact label."""
    content = main(page)
    found = content.get_by_role("button", name=name, exact=True)
    found = found.or_(content.get_by_role("link", name=name, exact=True))
    found.first.click()


def choose_day(page: Page, day: date) -> None:
    """Click a day in the calendar, in whatever month it is."""
    cell = page.locator(f"#d-{day}")
    month = page.locator("#month")
    while not cell.count():
        shown = month.inner_text()
        page.get_by_role("link", name="Next month").click()
        expect(month).not_to_have_text(shown)
    cell.click()
    expect(page.locator("#chosen-day")).to_have_value(str(day))


def choose_time(page: Page, hour: int, minute: int) -> None:
    """Use the two drop-down menus."""
    page.get_by_label("Hours", exact=True).select_option(str(hour))
    page.get_by_label("Minutes", exact=True).select_option(str(minute))


def detail(page: Page, name: str) -> Locator:
    """Return what the details card says beside a word: *Status*, *Accepted by*."""
    term = page.locator("dl.details > div").filter(has=page.locator("dt", has_text=name))
    return term.locator("dd").first


def expect_status(page: Page, status: str) -> None:
    expect(detail(page, "Status").locator(".status")).to_have_text(status)


def arrow(page: Page, number: int) -> Locator:
    """Return an arrow of the diagram: 0 to Staging, 1 to Production."""
    return page.locator(".lift").nth(number)


def chamber(page: Page, kind: str) -> Locator:
    """Return an environment in the diagram."""
    return page.locator(f".chamber[data-env={kind}]")


def said(page: Page) -> Locator:
    """Return what the page says about the form that was just sent."""
    return page.get_by_role("status").first


def watch_to_the_end(page: Page, heading: str, *, scripts: bool) -> None:
    """Stay on the page of a running move until it says how it ended; without scripts, reload it."""
    ended = page.get_by_role("heading", name=heading)
    if scripts:
        expect(ended).to_be_visible(timeout=HELD_MS)
        return

    def has_ended() -> bool:
        _ = page.reload()
        try:
            expect(ended).to_be_visible(timeout=LOOK_AGAIN_MS)
        except AssertionError:
            return False
        return True

    eventually(has_ended, HELD_MS / 1000)
