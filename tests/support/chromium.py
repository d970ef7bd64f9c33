"""A real browser: Debian's Chromium, driven by Playwright, with everything that it complains about.

Every console message, script error, failed request and report of the content security policy is
kept, and fails the test that caused it.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)
from typing_extensions import Unpack

from acme_books import Acme
from liftlock.domain.people import Person
from liftlock.domain.sessions import Lifetime
from liftlock.identity.providers import Identified
from liftlock.services import sessions
from liftlock.services.sessions import Visitor
from screens import Screen
from served import Served, serving
from town import Town

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--font-render-hinting=none",
)  # fmt: skip
PATIENCE_MS = 20_000
"""How long a condition is waited for: two cores are busy with much else."""

A_DAY = Lifetime(idle=timedelta(days=1), whole=timedelta(days=1))
WIDE, PHONE = (1440, 900), (390, 844)
Theme: TypeAlias = Literal["light", "dark"]

REPORT = """
addEventListener('securitypolicyviolation',
  e => console.error(`policy: ${e.effectiveDirective} refuses ${e.blockedURI} ${e.sample}`))
"""
REFUSED = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d")
"""What Chromium says of a page that refuses something: this is how refusals are answered."""


class Options(TypedDict, total=False):
    """How a window differs from one on a desk."""

    size: tuple[int, int]
    theme: Theme
    scripts: bool
    still: bool
    """Whether the person wants nothing to move."""


@dataclass  # no slots: Playwright keeps its wrappers in it
class Windows:
    """The windows of one test on one console, each with cookies of its own."""

    browser: Browser
    acme: Acme
    url: str
    complaints: list[str] = field(default_factory=list[str])
    _contexts: list[BrowserContext] = field(default_factory=list[BrowserContext])
    _kept: dict[str | None, Page] = field(default_factory=dict[str | None, Page])
    """The window that each person's screens are shown in; None: a stranger's."""

    def of(self, name: str, path: str = "", **options: Unpack[Options]) -> Page:
        """Open a page in a window in which somebody of Acme is signed in: `ana`, `operator`."""
        person: Person = getattr(self.acme, name)
        page = self.stranger(**options)
        self.sign_in(page.context, person)
        if path:
            _ = page.goto(path)
        return page

    def show(self, screen: Screen, ids: Mapping[str, int], **options: Unpack[Options]) -> Page:
        """Open a screen in its person's window; do what is to be done before it is looked at."""
        page = self._kept.get(screen.who)
        if page is None:
            page = self.of(screen.who, **options) if screen.who else self.stranger(**options)
            self._kept[screen.who] = page
        _ = page.goto(screen.path.format(**ids))
        if screen.act is not None:
            screen.act(page)
        return page

    def stranger(self, path: str = "", **options: Unpack[Options]) -> Page:
        """Open a page in a window in which nobody is signed in."""
        width, height = options.get("size", WIDE)
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            color_scheme=options.get("theme", "light"),
            java_script_enabled=options.get("scripts", True),
            reduced_motion="reduce" if options.get("still") else "no-preference",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(REPORT)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._complain(str(error.error)))
        context.on("requestfailed", self._failed)
        context.on("dialog", self._asked)
        self._contexts.append(context)
        page = context.new_page()
        if path:
            _ = page.goto(path)
        return page

    def sign_in(self, context: BrowserContext, person: Person) -> None:
        """Give a window a session, without the sign-in page; an operator looks at Acme."""
        with self.acme.books.transaction() as tx:
            visitor = Visitor(address="127.0.0.1", browser="Chrome/156 Linux")
            token = sessions.begin(tx, Identified(person=person.id), visitor)
            found = sessions.look(tx, token, A_DAY)
            if found is not None and person.organisation is None:
                sessions.choose(tx, person, found[1].id, self.acme.organisation.id)
        value = token.get_secret_value()
        context.add_cookies([{"name": "liftlock-session", "value": value, "url": self.url}])

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def forget(self, *parts: str) -> None:
        """Forget complaints that a test has caused on purpose."""
        kept = [said for said in self.complaints if not any(part in said for part in parts)]
        self.complaints[:] = kept

    def _hear(self, message: ConsoleMessage) -> None:
        if not REFUSED.match(message.text):
            self._complain(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        """Keep what did not arrive; what the person has left is not waited for any more."""
        if request.failure != "net::ERR_ABORTED":
            self._complain(f"{request.url}: {request.failure}")

    def _asked(self, dialog: Dialog) -> None:
        self._complain(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _complain(self, said: str) -> None:
        self.complaints.append(said)


@contextmanager
def running_chromium() -> Generator[Browser]:
    """Run a browser. Playwright's own are never asked for."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except Error as error:
            pytest.fail(f"{CHROMIUM} does not start: run scripts/debian-packages. {error}")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """One browser for a module: no longer, since Playwright keeps the thread's event loop busy."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def windows(chromium: Browser, served: Served) -> Generator[Windows]:
    """Windows on Acme's console; its environments are only to be read."""
    with windows_on(chromium, served.acme, served.url) as opened:
        yield opened


@pytest.fixture
def own_windows(chromium: Browser, own_served: Served) -> Generator[Windows]:
    """Windows on Acme's console, over environments of its own: to be changed."""
    with windows_on(chromium, own_served.acme, own_served.url) as opened:
        yield opened


@pytest.fixture
def town_windows(chromium: Browser, town: Town) -> Generator[Windows]:
    """Windows on Acme's console, over environments and workers of its own: to be changed."""
    with serving(town.acme) as served, windows_on(chromium, town.acme, served.url) as opened:
        yield opened


@contextmanager
def windows_on(browser: Browser, acme: Acme, url: str) -> Generator[Windows]:
    """Open windows on a console; whatever the browser has complained about fails the test."""
    windows = Windows(browser, acme, url)
    try:
        yield windows
    finally:
        windows.close()
    assert not windows.complaints, "\n".join(windows.complaints)
