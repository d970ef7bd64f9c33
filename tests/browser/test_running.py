"""A running move, watched: it goes on by itself, to its end, and through everything that breaks."""

import socket
import threading
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, expect

from acme_books import Acme
from chromium import Windows, windows_on
from eventually import eventually
from journeys import STEP_NAMES, end, to_staging, validate
from liftlock import bootstrap
from liftlock.domain.environments import Kind
from liftlock.domain.moves import Move
from liftlock.domain.progress import Progress
from liftlock.domain.statuses import MoveKind, State
from liftlock.domain.steps import StepState
from liftlock.services import moves, runs, steps
from liftlock.settings import Settings
from screens import STAGING
from town import Town
from walking import click, expect_status, watch_to_the_end

REFRESH = "meta[http-equiv=refresh]"


def running(acme: Acme) -> Move:
    move = validate(acme, to_staging(acme))
    with acme.books.transaction() as tx:
        assert runs.begin_due(tx, STEP_NAMES)
        steps.begin(tx, move.id, "drain")
    return move


def tell(acme: Acme, move: Move, done: int, name: str = "install") -> None:
    with acme.books.transaction() as tx:
        said = Progress(said=f"{done} of 100 files", done=done, of=100)
        steps.tell(tx, move.id, name, said)


def go_on(acme: Acme, move: Move, ended: str, begun: str) -> None:
    with acme.books.transaction() as tx:
        steps.end(tx, move.id, ended, StepState.DONE, said="closed", facts={})
        steps.begin(tx, move.id, begun)


def mark(page: Page) -> None:
    """Leave something in a page that is gone when it is loaded anew."""
    page.evaluate("window.mark = 'the same page'")


def is_marked(page: Page) -> bool:
    return page.evaluate("window.mark") == "the same page"


def expect_bar(page: Page, percent: int) -> None:
    bar = page.locator(".step[data-state=running] progress")
    expect(bar).to_have_attribute("value", str(percent))


@dataclass(slots=True)
class Serving:
    """A server of Acme's console that can be stopped, and started again at the same address."""

    acme: Acme
    port: int
    _ends: list[threading.Thread] = field(default_factory=list[threading.Thread])
    _server: uvicorn.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        settings = Settings(home=self.acme.store.root.parent, module_store=self.acme.store.root)
        server = bootstrap.http_server(bootstrap.web_app(self.acme.books, settings))
        bound = bootstrap.listening_socket("127.0.0.1", self.port)

        def run() -> None:
            with bound:
                server.run([bound])

        thread = threading.Thread(target=run)
        thread.start()
        eventually(lambda: server.started)
        self._server, self._ends = server, [thread]

    def stop(self) -> None:
        assert self._server is not None
        self._server.should_exit = True
        for thread in self._ends:
            thread.join()


@pytest.fixture
def restartable(acme: Acme) -> Generator[Serving]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    serving = Serving(acme, port)
    serving.start()
    yield serving
    serving.stop()


def test_progress_goes_on_by_itself_in_every_browser(acme: Acme, windows: Windows) -> None:
    move = running(acme)
    pages = [windows.of(name, f"/moves/{move.id}") for name in ("ana", "ben")]
    for page in pages:
        mark(page)
        expect(page.locator("#step-drain")).to_have_attribute("data-state", "running")
    go_on(acme, move, "drain", "install")
    for done in (10, 60):
        tell(acme, move, done)
        for page in pages:
            expect_bar(page, done)
            expect(page.locator("#step-install")).to_contain_text(f"{done} of 100 files")
    for page in pages:
        expect(page.locator("#step-drain")).to_have_attribute("data-state", "done")
        assert is_marked(page)


def test_a_move_that_ends_while_its_page_is_open_says_how(acme: Acme, windows: Windows) -> None:
    move = running(acme)
    page = windows.of("ben", f"/moves/{move.id}")
    mark(page)
    expect(page.get_by_role("link", name="Stop")).to_be_visible()
    _ = end(acme, move)
    expect(page.get_by_role("heading", name="Staging is as promised")).to_be_visible()
    expect_status(page, "MovedToStaging")
    expect(page.get_by_role("link", name="Stop")).to_have_count(0)
    assert is_marked(page)


def test_a_move_that_begins_while_its_page_is_open_shows_its_steps(
    acme: Acme, windows: Windows
) -> None:
    move = validate(acme, to_staging(acme))
    page = windows.of("ben", f"/moves/{move.id}")
    expect(page.get_by_role("link", name="Modify Proposal")).to_be_visible()
    with acme.books.transaction() as tx:
        assert runs.begin_due(tx, STEP_NAMES)
    expect(page.locator(".step")).to_have_count(len(STEP_NAMES[MoveKind.MOVE_TO_STAGING]))
    expect(page.get_by_role("link", name="Modify Proposal")).to_have_count(0)


@pytest.mark.parametrize("address", [STAGING, "/"])
def test_the_pages_of_an_organisation_follow_its_moves(
    acme: Acme, windows: Windows, address: str
) -> None:
    move = to_staging(acme)
    page = windows.of("ben", address)
    mark(page)
    why = page.locator(".why")
    expect(why).to_contain_text("waits for a validation in Staging")
    _ = validate(acme, move)
    expect(why).to_contain_text("It is due since")
    with acme.books.transaction() as tx:
        assert runs.begin_due(tx, STEP_NAMES)
        steps.begin(tx, move.id, "drain")
    expect(why).to_contain_text("It is at Drain, 1 of 3.")
    expect(page.get_by_role("link", name="Modify Proposal")).to_have_count(0)
    _ = end(acme, move)
    expect(why).to_contain_text("is in Staging")
    assert is_marked(page)


def test_the_server_may_restart_while_events_stream(
    acme: Acme, chromium: Browser, restartable: Serving
) -> None:
    move = running(acme)
    with windows_on(chromium, acme, restartable.url) as windows:
        page = windows.of("ben", f"/moves/{move.id}")
        mark(page)
        go_on(acme, move, "drain", "install")
        tell(acme, move, 20)
        expect_bar(page, 20)
        restartable.stop()
        tell(acme, move, 70)
        restartable.start()
        expect_bar(page, 70)
        tell(acme, move, 80)
        expect_bar(page, 80)
        assert is_marked(page)
        _ = end(acme, move)
        expect(page.get_by_role("heading", name="Staging is as promised")).to_be_visible()
        windows.forget("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "Failed to fetch")


def test_progress_arrives_although_an_extension_loads_late(acme: Acme, windows: Windows) -> None:
    move = running(acme)
    page = windows.of("ben")

    def late(route: Route) -> None:
        go_on(acme, move, "drain", "install")
        tell(acme, move, 30)
        route.continue_()

    page.route("**/htmx-sse-*", late)
    _ = page.goto(f"/moves/{move.id}")
    expect_bar(page, 30)


def test_what_is_announced_is_little(acme: Acme, windows: Windows) -> None:
    move = running(acme)
    page = windows.of("ben", f"/moves/{move.id}")
    status = page.locator(".run").get_by_role("status")
    expect(status).to_have_text("Drain is running")
    go_on(acme, move, "drain", "install")
    expect(status).to_have_text("Install is running")
    assert page.locator(".run [aria-live]").count() == 0


def test_without_scripts_the_page_looks_again_by_itself(acme: Acme, windows: Windows) -> None:
    move = running(acme)
    page = windows.of("ben", f"/moves/{move.id}", scripts=False)
    expect(page.locator(REFRESH)).to_have_count(1)
    _ = end(acme, move)
    _ = page.reload()
    expect_status(page, "MovedToStaging")
    expect(page.locator(REFRESH)).to_have_count(0)


def test_signing_out_ends_what_an_open_page_hears(acme: Acme, windows: Windows) -> None:
    move = running(acme)
    page = windows.of("ben", f"/moves/{move.id}")
    other = page.context.new_page()
    _ = other.goto("/settings")
    other.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    go_on(acme, move, "drain", "install")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_stopped_move_puts_its_target_back_before_our_eyes(
    town: Town, town_windows: Windows
) -> None:
    held = town.hold(Kind.STAGING, "drain")
    move = town.schedule(MoveKind.MOVE_TO_STAGING)
    worker = town.start_worker()
    page = town_windows.of("ben", STAGING)
    click(page, "Open")
    town.await_step(move, "drain")
    expect(page.locator("#step-drain")).to_have_attribute("data-state", "running")
    click(page, "Stop")
    click(page, "Stop")
    held.unlink()
    watch_to_the_end(page, "Stopped by Ben. Staging is as it was", scripts=True)
    expect_status(page, "StagingFailed")
    assert town.move(move).state is State.FAILED
    assert worker.ask_to_end() == 0


def test_an_errored_move_is_put_back_again_by_its_button(town: Town, town_windows: Windows) -> None:
    broken = [town.fail(Kind.STAGING, what) for what in ("start", "health")]
    move = town.schedule(MoveKind.MOVE_TO_STAGING)
    worker = town.start_worker()
    assert town.await_end(move).state is State.ERRORED
    page = town_windows.of("ben", STAGING)
    expect_status(page, "StagingErrored")
    click(page, "Put back again")
    for path in broken:
        path.unlink()
    click(page, "Put back again")
    expect(page.get_by_role("heading", name="Resolved by Ben")).to_be_visible(timeout=60_000)
    with town.acme.books.transaction() as tx:
        assert moves.show(tx, town.acme.ben, move).move.resolved
    assert worker.ask_to_end() == 0
