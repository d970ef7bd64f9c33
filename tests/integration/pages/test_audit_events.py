"""The audit record on its page: read by those who may, narrowed, paged, its chain checked."""

from acme_books import Acme
from browsing import Browsers
from journeys import to_staging
from liftlock.domain.audit_events import Tag
from liftlock.store import audit_events


def many(acme: Acme, count: int) -> None:
    with acme.books.transaction() as tx:
        for number in range(count):
            audit_events.append(
                tx,
                Tag.KEY_CREATED,
                acme.organisation.id,
                acme.ana.id,
                fields={"name": f"n{number}"},
            )


def test_an_act_is_there_with_who_and_what(browsers: Browsers, acme: Acme) -> None:
    move = to_staging(acme)
    page = browsers.of("eve").open("/audit?about=move")
    assert "Move proposed" in page.text
    assert ("Move " + str(move.id), f"/moves/{move.id}") in page.links
    assert "Package pushed" not in page.text


def test_it_is_paged_to_its_beginning(browsers: Browsers, acme: Acme) -> None:
    many(acme, 230)
    browser = browsers.of("eve")
    page, seen = browser.open("/audit"), 1
    while older := next((to for said, to in page.links if said == "Older"), None):
        page, seen = browser.open(older), seen + 1
    assert seen >= 3
    assert "Older" not in page.text
    assert any(said == "Newest" for said, _ in page.links)


def test_a_whole_chain_is_said_to_be_whole(browsers: Browsers) -> None:
    assert "Chain whole" in browsers.of("eve").open("/audit?check=yes").text


def test_only_who_reads_everything_reads_the_record(browsers: Browsers) -> None:
    assert browsers.of("pat").open("/audit").status == 403
    assert browsers.of("operator").open("/audit").status in {200, 422}


def test_a_noun_that_nobody_knows_finds_nothing(browsers: Browsers) -> None:
    assert "No such entry" in browsers.of("eve").open("/audit?about=weather").text
