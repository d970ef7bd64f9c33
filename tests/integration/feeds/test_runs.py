"""A running move, live: progress arrives, after a pause too, for two at once, and to its end."""

import re
import time
from contextlib import ExitStack

from acme_books import Acme
from browsing import Browser, Browsers
from event_streams import streaming
from journeys import end, to_staging, validate
from liftlock.domain.moves import MoveId
from liftlock.services import moves, sessions
from liftlock.web.feeds import runs
from past_moves import running, step_begins, step_ends, step_says
from served import serving

MARK = re.compile(r"/events\?mark=([0-9a-f]+)")
PROMPTLY_S = 3.0
"""Far less than the seconds that a stopping server gives to requests."""


def stream_of(browser: Browser, move: MoveId) -> str:
    """Return the address of the stream that the move's page listens to."""
    page = browser.open(f"/moves/{move}")
    found = MARK.search(page.html)
    assert found, page.text
    return f"/moves/{move}/events?mark={found[1]}"


def test_progress_arrives_as_the_books_have_it(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme).id, browsers.of("ana")
    with streaming(browser, stream_of(browser, move)) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        assert stream.hears("It has begun").id
        step_begins(acme, move, "copy_and_mask")
        _ = stream.hears("Copy and mask is running")
        step_says(acme, move, "copy_and_mask", "250 of 1000 rows", done=250, of=1000)
        assert 'value="25"' in stream.hears("250 of 1000 rows").data


def test_who_comes_back_gets_the_whole_picture(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme).id, browsers.of("ana")
    path = stream_of(browser, move)
    with streaming(browser, path) as stream:
        last = stream.hears("It has begun").id
    step_begins(acme, move, "verify")
    step_says(acme, move, "verify", "said while nobody listened")
    with streaming(browser, path, last) as again:
        assert "said while nobody listened" in again.hears("step-verify").data


def test_what_a_browser_has_is_not_sent_again(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme).id, browsers.of("ana")
    path = stream_of(browser, move)
    picture = runs.Picture(html="<p>one</p>", mark="a")
    text, last, is_over = runs._next(lambda: picture, "a", picture.id)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    assert (text, last, is_over) == (runs.STILL_THERE, picture.id, False)
    with streaming(browser, path) as stream:
        assert stream.hears("It has begun").id


def test_two_browsers_see_the_same(browsers: Browsers, acme: Acme) -> None:
    move = running(acme).id
    ana, ben = browsers.of("ana"), browsers.of("ben")
    with (
        streaming(ana, stream_of(ana, move)) as hers,
        streaming(ben, stream_of(ben, move)) as his,
    ):
        step_begins(acme, move, "verify")
        step_says(acme, move, "verify", "seen by both")
        assert hers.hears("seen by both")
        assert his.hears("seen by both")


def test_one_that_leaves_takes_nothing_from_the_other(browsers: Browsers, acme: Acme) -> None:
    move = running(acme).id
    ana, ben = browsers.of("ana"), browsers.of("ben")
    with streaming(ben, stream_of(ben, move)) as his:
        with streaming(ana, stream_of(ana, move)) as hers:
            assert hers.hears("It has begun")
        step_begins(acme, move, "verify")
        assert his.hears("Verify is running")


def test_it_ends_when_the_move_ends_and_the_page_has_the_result(
    browsers: Browsers, acme: Acme
) -> None:
    move, browser = running(acme), browsers.of("ana")
    with streaming(browser, stream_of(browser, move.id)) as stream:
        _ = end(acme, move)
        assert "Staging is as promised" in stream.hears("as promised").data
        assert stream.is_done()
    page = browser.open(f"/moves/{move.id}")
    assert "Staging is as promised" in page.text
    assert not MARK.search(page.html)
    assert "http-equiv" not in page.html


def test_a_page_that_is_out_of_date_already_is_told_at_once(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme), browsers.of("ana")
    path = stream_of(browser, move.id)
    _ = end(acme, move)
    with streaming(browser, path) as stream:
        assert stream.is_done()


def test_a_waiting_move_is_followed_into_its_next_state(browsers: Browsers, acme: Acme) -> None:
    move, browser = to_staging(acme), browsers.of("ana")
    with streaming(browser, stream_of(browser, move.id)) as stream:
        assert stream.hears("Waiting for validation")
        _ = validate(acme, move)
        assert stream.is_done()


def test_a_stop_takes_the_button_away_from_every_open_page(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme).id, browsers.of("ben")
    with streaming(browser, stream_of(browser, move)) as stream:
        with acme.books.transaction() as tx:
            _ = moves.stop(tx, acme.ben, move)
        assert stream.hears("Stopping")
        assert stream.is_done()


def test_who_signs_out_everywhere_hears_no_more(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme).id, browsers.of("ana")
    with streaming(browser, stream_of(browser, move)) as stream:
        assert stream.hears("It has begun")
        with acme.books.transaction() as tx:
            _ = sessions.end_all(tx, acme.ana)
        step_begins(acme, move, "verify")
        assert stream.is_done()
        assert not any("Verify is running" in event.data for event in stream.events)


def test_strangers_hear_nothing_and_pages_look_again(browsers: Browsers, acme: Acme) -> None:
    move = running(acme).id
    for browser, path, status in (
        (browsers.stranger(), f"/moves/{move}/events", 401),
        (browsers.of("ana"), "/moves/4711/events", 404),
        (browsers.of("pat"), f"/moves/{move}/events", 403),
    ):
        got = browser.http.get(path)
        assert (got.status_code, got.headers["hx-refresh"], got.text) == (status, "true", "")


def test_names_arrive_as_text_and_never_as_elements(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme).id, browsers.of("ana")
    with streaming(browser, stream_of(browser, move)) as stream:
        step_begins(acme, move, "verify")
        step_says(acme, move, "verify", "<script>alert(1)</script>\ndata: forged\n\nid: 1")
        picture = stream.hears("forged").data
        assert "<script>" not in picture
        assert all(event.name in {"", "done"} for event in stream.events)


def test_a_server_stops_promptly_though_pages_listen(acme: Acme) -> None:
    move = running(acme).id
    with ExitStack() as people, ExitStack() as server:
        browsers = Browsers(server.enter_context(serving(acme)), people)
        ana, ben = browsers.of("ana"), browsers.of("ben")
        hers = people.enter_context(streaming(ana, stream_of(ana, move)))
        his = people.enter_context(streaming(ben, stream_of(ben, move)))
        assert hers.hears("It has begun")
        assert his.hears("It has begun")
        began_s = time.monotonic()
        server.close()
        assert time.monotonic() - began_s < PROMPTLY_S
        assert not hers.is_done()
        assert not his.is_done()


def test_a_step_that_ends_is_seen_with_what_it_said(browsers: Browsers, acme: Acme) -> None:
    move, browser = running(acme).id, browsers.of("ana")
    step_begins(acme, move, "drain")
    with streaming(browser, stream_of(browser, move)) as stream:
        step_ends(acme, move, "drain", "Staging is closed to people")
        assert "is closed to people until it is opened again" in stream.hears("closed").data
