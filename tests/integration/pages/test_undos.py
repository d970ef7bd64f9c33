"""Undoing from the pages, without scripts: restore points, what would go, a time, confirm."""

from browsing import Browser, Browsers, Page
from liftlock.domain.environments import Kind
from liftlock.domain.statuses import MoveKind
from undoing import completed, undone

STAGING, DEPLOYMENT = "/staging/move-to-production", "/production/production-deployment"
UP, ON = MoveKind.MOVE_TO_STAGING, MoveKind.MOVE_TO_PRODUCTION


def links(page: Page) -> set[str]:
    return {address for _, address in page.links}


def confirmed(browser: Browser, at: str) -> Page:
    """Go from what would go over the calendar to the last page, at the time that it proposes."""
    preview = browser.open(at)
    assert f"{at}/schedule" in links(preview)
    _ = browser.open(f"{at}/schedule")
    return browser.send(f"{at}/schedule", do="confirm")


def test_a_move_is_undone_from_its_restore_point_to_its_console(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    first, second = completed(acme, UP), completed(acme, UP)
    ben, at = own_browsers.of("ben"), f"/moves/{first.id}/undo"
    points = ben.open("/restore-points")
    assert {at, f"/moves/{second.id}/undo"} <= links(points)
    assert at not in links(own_browsers.of("ana").open("/restore-points"))
    last = confirmed(ben, at)
    assert last.url == f"{at}/confirm"
    for words in (
        "What came after it is undone, too", f"Move to Staging {second.id}", "acme.crm 1.0", "Goes",
        "Held for you until", "0 tables written since", "changed file",
    ):  # fmt: skip
        assert words in last.text, words
    booked = ben.send(f"{at}/confirm")
    assert booked.url == STAGING
    for words in (
        "It begins by itself.",
        "ScheduledUndo",
        "Undoes",
        f"move {first.id}",
        "Withdraw",
    ):
        assert words in booked.text, words
    assert "What would go" in booked.text
    preview = ben.open(at)
    assert "An Undo waits or runs already" in preview.text
    assert f"{at}/schedule" not in links(preview)
    _ = ben.open(f"{at}/schedule")
    _ = ben.send(f"{at}/schedule", do="confirm")
    refused = ben.send(f"{at}/confirm")
    assert refused.status == 422
    assert "waits or runs there already" in refused.text


def test_an_undo_of_production_waits_for_a_validation_there(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    _ = completed(acme, UP)
    move = completed(acme, ON)
    cem, dora = own_browsers.of("cem"), own_browsers.of("dora")
    shown = cem.open(f"/moves/{move.id}")
    at = f"/moves/{move.id}/undo"
    assert at in links(shown)
    _ = confirmed(cem, at)
    booked = cem.send(f"{at}/confirm")
    assert booked.url == DEPLOYMENT
    assert "ProposedUndo" in booked.text
    waiting = dora.open(DEPLOYMENT)
    action = next(f.action for f in waiting.forms if f.action.endswith("/validate"))
    validated = dora.send(action)
    assert "ScheduledUndo" in validated.text
    assert "Validated by" in validated.text


def test_what_fell_meanwhile_is_shown_and_nothing_is_booked(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    first = completed(acme, UP)
    ben, at = own_browsers.of("ben"), f"/moves/{first.id}/undo"
    _ = confirmed(ben, at)
    second = completed(acme, UP)
    refused = ben.send(f"{at}/confirm")
    assert refused.status == 422
    assert "look at what would go, then confirm" in refused.text
    assert f"Move to Staging {second.id}" in refused.text
    assert ben.send(f"{at}/confirm").url == STAGING


def test_an_undone_move_says_so_on_its_page(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    move = completed(acme, UP)
    booked = undone(acme, move)
    eve = own_browsers.of("eve")
    page = eve.open(f"/moves/{move.id}")
    for words in ("StagingUndone", f"Undo {booked.id} put Staging back", "Undone by"):
        assert words in page.text, words
    done = eve.open(f"/moves/{booked.id}")
    for words in ("UndoCompleted", f"Staging is what it was before move {move.id}"):
        assert words in done.text, words
    assert "StagingUndone" in eve.open("/moves").text


def test_a_stranger_to_the_environment_gets_no_further(own_browsers: Browsers) -> None:
    acme = own_browsers.served.acme
    move = completed(acme, MoveKind.DOWN_ALIGN)
    at = f"/moves/{move.id}/undo"
    for who in ("ben", "eve"):
        browser = own_browsers.of(who)
        for below in ("", "/schedule", "/confirm"):
            assert browser.open(at + below).status == 403
    assert own_browsers.of("ana").open(f"{at}/confirm").status == 200
    assert acme.parts[Kind.DEVELOPMENT].files.is_dir()
