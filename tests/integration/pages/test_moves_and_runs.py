"""The history, and one move's page: without scripts, with thousands of moves, with any name."""

import time
from typing import TYPE_CHECKING

import pytest

from acme_books import Acme
from browsing import Browser, Browsers, Page
from journeys import down_align, end, to_staging
from liftlock.domain.moves import Move
from liftlock.domain.statuses import Cause, State
from liftlock.domain.steps import StepState
from liftlock.services import restore_points, runs
from past_moves import (
    FACTS,
    TO_STAGING,
    content_of,
    many,
    running,
    some_content,
    step_begins,
    step_ends,
    steps_done,
)

if TYPE_CHECKING:
    from liftlock.domain.reports import Json


def moves_on(page: Page) -> list[int]:
    """Return the moves that a list shows, in its order."""
    found = [address for _, address in page.links if address.startswith("/moves/")]
    return [int(address.removeprefix("/moves/")) for address in found]


def link(page: Page, words: str) -> str:
    return next(address for said, address in page.links if said == words)


def has_link(page: Page, words: str) -> bool:
    return any(said == words for said, _ in page.links)


def completed(acme: Acme) -> Move:
    """Carry a Move to Staging through, as far as the books are concerned."""
    move = running(acme)
    steps_done(acme, move.id, ("before", *TO_STAGING))
    with acme.books.transaction() as tx:
        restore_points.record(tx, move.id, 123_456_789)
    return end(acme, move)


def ended(acme: Acme, state: State, cause: Cause) -> Move:
    move = running(acme)
    step_begins(acme, move.id, "copy_and_mask")
    step_ends(acme, move.id, "copy_and_mask", "the copy broke", state=StepState.BROKEN)
    with acme.books.transaction() as tx:
        return runs.end(tx, move.id, state, cause=cause, said="Table x is locked.")


def test_no_move_yet_teaches_the_next_step(browsers: Browsers) -> None:
    page = browsers.of("ana").open("/moves")
    assert "No move yet" in page.text
    assert has_link(page, "Go to Move to Staging")


def test_the_history_is_paged_both_ways_and_nothing_is_left_out(
    browsers: Browsers, acme: Acme
) -> None:
    many(acme, 120)
    browser = browsers.of("eve")
    pages = [browser.open("/moves")]
    assert not has_link(pages[0], "Newer")
    while has_link(pages[-1], "Older"):
        pages.append(browser.open(link(pages[-1], "Older")))
    shown = [move for page in pages for move in moves_on(page)]
    assert shown == list(range(120, 0, -1))
    back = browser.open(link(pages[-1], "Newer"))
    assert moves_on(back) == moves_on(pages[-2])
    assert moves_on(browser.open(link(back, "Newer"))) == moves_on(pages[0])


def test_the_history_is_narrowed_by_kind_and_state_and_stays_so(
    browsers: Browsers, acme: Acme
) -> None:
    many(acme, 240)
    browser = browsers.of("eve")
    page = browser.open("/moves?kind=move_to_staging&state=failed")
    assert page.text.count("StagingFailed") == 50
    assert "MovedToStaging" not in page.text
    older = browser.open(link(page, "Older"))
    assert older.text.count("StagingFailed") == 10
    assert "No move fits" in browser.open("/moves?kind=down_align").text


@pytest.mark.parametrize("query", ["kind=sideways", "state=asleep"])
def test_a_filter_that_nobody_knows_is_refused_by_name(browsers: Browsers, query: str) -> None:
    page = browsers.of("eve").open(f"/moves?{query}")
    assert page.status == 422
    assert query.partition("=")[2] in page.text


@pytest.mark.parametrize("query", ["before=0", "before=x", "after=99999999999999999999"])
def test_an_edge_that_is_no_number_is_no_page(browsers: Browsers, query: str) -> None:
    assert browsers.of("eve").open(f"/moves?{query}").status == 404


def test_twelve_thousand_moves_are_as_quick_to_page_as_a_few(
    browsers: Browsers, acme: Acme
) -> None:
    browser = browsers.of("eve")
    many(acme, 12_000)
    addresses = ("/moves", "/moves?before=6000", "/moves?state=errored", "/moves?kind=undo", "/")
    for address in addresses:
        took_s = min(timed(browser, address) for _ in range(5))
        assert took_s < 0.5, (address, took_s)


def timed(browser: Browser, address: str) -> float:
    began_s = time.monotonic()
    assert browser.http.get(address).status_code == 200
    return time.monotonic() - began_s


def test_a_running_move_is_followed_by_reloading(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme), browsers.of("ana")
    page = browser.open(f"/moves/{move.id}")
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page.html
    assert "It has begun" in page.text
    step_begins(acme, move.id, "copy_and_mask")
    assert "Copy and mask" in browser.open(f"/moves/{move.id}").text.partition("Steps")[0]
    assert not has_link(browser.page, "Stop")
    assert has_link(browsers.of("ben").open(f"/moves/{move.id}"), "Stop")


def test_a_completed_move_shows_all_that_it_did(browsers: Browsers, acme: Acme) -> None:
    move = completed(acme)
    page = browsers.of("eve").open(f"/moves/{move.id}")
    for said in (
        "Staging is as promised",
        "MovedToStaging",
        "1,234,567",
        "customers: base.customers.email",
        "None of 7,990 looked for",
        "Large objects of customers",
        "attachments/**",
        "systemdb: base.settings 2 rows",
        "acme.crm 1.0 1 migration",
        "reports",
        "117.7 MiB",
        "Move validated",
        "new to 1.0",
        "printed",
    ):
        assert said in page.text, said
    assert not page.has_form("/modules/install")


@pytest.mark.parametrize(
    ("state", "cause", "said"),
    [
        (State.FAILED, Cause.CHECK_SAID_NO, "A check said no. Staging is as it was"),
        (State.FAILED, Cause.BROKE, "Something broke. Staging is as it was"),
        (State.ERRORED, Cause.BROKE, "A person must look at Staging"),
    ],
)
def test_a_move_that_went_wrong_says_what_and_in_what_state_the_target_is(
    browsers: Browsers, acme: Acme, state: State, cause: Cause, said: str
) -> None:
    move = ended(acme, state, cause)
    page = browsers.of("ben").open(f"/moves/{move.id}")
    assert said in page.text
    assert "Table x is locked." in page.text
    assert has_link(page, "Put back again") is (state is State.ERRORED)


def test_a_waiting_move_says_what_is_awaited(browsers: Browsers, acme: Acme) -> None:
    move = to_staging(acme)
    page = browsers.of("eve").open(f"/moves/{move.id}")
    assert "It waits for a validation in Staging by Ben or Dora" in page.text
    assert page.has_form(f"/moves/{move.id}/validate") is False
    assert browsers.of("ben").open(f"/moves/{move.id}").has_form(f"/moves/{move.id}/validate")


def test_another_organisations_move_is_not_found(browsers: Browsers, acme: Acme) -> None:
    _ = down_align(acme)
    assert browsers.of("eve").open("/moves/4711").status == 404
    assert browsers.of("eve").open("/moves/0").status == 404


def test_two_hundred_modules_and_any_name_are_shown_as_text(browsers: Browsers, acme: Acme) -> None:
    move = running(acme)
    content_of(acme, move.id, some_content(200))
    names = "<script>alert('ana')</script> 🦊", "بنيامين " + "ب" * 190
    with acme.books.transaction() as tx:
        for person, name in zip((acme.ana, acme.ben), names, strict=True):
            _ = tx.connection.execute(
                "UPDATE people SET name = %s WHERE id = %s", (name, person.id)
            )
    browser = browsers.of("eve")
    for address in ("/", "/moves", f"/moves/{move.id}", "/audit"):
        page = browser.open(address)
        assert page.status == 200
        assert "<script>alert" not in page.html
        assert "<script>alert('ana')</script> 🦊" in page.text, address
    assert "acme.module_199" in browser.open(f"/moves/{move.id}").text


def test_what_a_down_align_took_away_can_be_installed_again(
    own_browsers: Browsers,
) -> None:
    acme = own_browsers.served.acme
    move = down_align(acme)
    with acme.books.transaction() as tx:
        [begun] = runs.begin_due(tx, dict.fromkeys(type(move.kind), TO_STAGING))
    modules: dict[str, Json] = {m.code: f"{m.version} {m.digest}" for m in (acme.base, acme.crm)}
    step_begins(acme, begun.id, "before")
    step_ends(acme, begun.id, "before", facts={"modules": modules})
    after = {"code": acme.base.code, "version": "1.0", "digest": acme.base.digest}
    step_begins(acme, begun.id, "attest")
    step_ends(acme, begun.id, "attest", facts={"modules": [dict(after)]})
    _ = end(acme, begun)
    assert (
        "Modules that Development had before"
        in own_browsers.of("eve").open(f"/moves/{move.id}").text
    )
    browser = own_browsers.of("ana")
    page = browser.open(f"/moves/{move.id}")
    assert page.form("/modules/install").value("digest") == acme.crm.digest
    done = browser.send("/modules/install")
    assert (done.status, done.url) == (200, "/modules")
    assert "Development has acme.crm 1.0 now." in done.text


def test_the_facts_of_these_tests_are_those_of_the_steps() -> None:
    assert set(FACTS) <= set(TO_STAGING)
