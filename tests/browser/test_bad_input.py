"""What people do wrongly, or at the same time: refused on the spot, and nothing of it is lost."""

import re

from playwright.sync_api import Page, Route, expect

from acme_books import Acme
from browsing import PASSWORD, give_password
from chromium import Windows
from journeys import begin, end, now, to_staging, validate
from liftlock.domain.people import Person
from liftlock.domain.statuses import State
from liftlock.services import moves, sessions
from liftlock.services.slots import At
from screens import DOWN, STAGING, UP
from walking import click, detail, expect_status, main, sign_in

FORBIDDEN = (
    ("eve", f"{UP}/schedule"), ("ben", f"{DOWN}/schedule"), ("ana", f"{STAGING}/schedule"),
    ("ana", "/moves/{move}/cancel"), ("cem", "/moves/{move}/modify"),
    ("ben", "/moves/{move}/withdraw"), ("pat", "/audit"), ("ana", "/organisations"),
)  # fmt: skip


def next_week(acme: Acme) -> At:
    with acme.books.transaction() as tx:
        day = tx.now.date()
    return At(day=day.replace(year=day.year + 1, day=1), hour=22, minute=0)


def slot_of(acme: Acme, path: str, hour: int = 22) -> str:
    when = next_week(acme)
    return f"{path}/schedule?month={when.day:%Y-%m}&day={when.day}&hour={hour}"


def end_session(acme: Acme, person: Person) -> None:
    """Let a session end as if its hours were over."""
    with acme.books.transaction() as tx:
        _ = sessions.end_all(tx, person)


def hears_nothing(_: Route) -> None:
    """Keep a page waiting for its first event, as a bad network would."""


def moves_of(acme: Acme) -> int:
    with acme.books.transaction() as tx:
        return len(moves.list_moves(tx, acme.dora, acme.organisation.id))


def test_two_people_who_take_one_slot_leave_it_to_the_first(acme: Acme, windows: Windows) -> None:
    ana = windows.of("ana", slot_of(acme, DOWN))
    dora = windows.of("dora", slot_of(acme, UP))
    for page in (ana, dora):
        expect(page.locator(".fits")).to_be_visible()
    click(ana, "Confirm")
    expect(ana.locator(".booked-held")).to_be_visible()
    click(dora, "Confirm")
    refused = dora.locator("#slot-refusal")
    expect(refused).to_contain_text("Ana")
    expect(refused).to_be_focused()
    expect(dora.get_by_label("Hours", exact=True)).to_have_value("22")
    dora.get_by_role("list", name="Times that are free").get_by_role("link").first.click()
    expect(dora.locator(".fits")).to_be_visible()
    click(dora, "Confirm")
    expect(dora.locator(".booked-held")).to_be_visible()


def test_a_page_that_was_left_open_validates_nothing_that_it_does_not_show(
    acme: Acme, windows: Windows
) -> None:
    move = to_staging(acme, next_week(acme))
    ben = windows.of("ben")
    ben.route(re.compile("/events"), hears_nothing)
    _ = ben.goto(STAGING)
    expect(detail(ben, "Scheduled for")).to_contain_text("at 22:00")
    with acme.books.transaction() as tx:
        _ = moves.modify_date(
            tx, acme.dora, move.id, At(day=next_week(acme).day, hour=4, minute=30)
        )
    click(ben, "Validate Scheduled Proposal")
    expect(ben.get_by_role("alert")).to_be_focused()
    expect(detail(ben, "Scheduled for")).to_contain_text("at 04:30")
    expect_status(ben, "ProposedMoveToStaging")
    assert now(acme, move).state is State.PROPOSED
    click(ben, "Validate Scheduled Proposal")
    expect_status(ben, "ValidatedMoveToStaging")


def test_what_was_typed_survives_a_session_that_ends_meanwhile(
    acme: Acme, windows: Windows
) -> None:
    move = to_staging(acme, next_week(acme))
    give_password(acme, acme.ben)
    page = windows.of("ben", f"/moves/{move.id}/cancel")
    page.get_by_label("Reason").fill(
        "The list of modules does not suit: <crm> must wait\nfor 1.1 ✋"
    )
    end_session(acme, acme.ben)
    click(page, "Cancel Proposal")
    expect(main(page)).to_contain_text("Nothing that you typed is lost")
    sign_in(page, acme.ben.login, "not it")
    sign_in(page, acme.ben.login, PASSWORD)
    reason = page.get_by_label("Reason")
    expect(reason).to_have_value("The list of modules does not suit: <crm> must wait\nfor 1.1 ✋")
    assert now(acme, move).state is State.PROPOSED
    click(page, "Cancel Proposal")
    expect_status(page, "StagingCanceled")
    expect(detail(page, "Reason")).to_contain_text("<crm> must wait")


def test_a_choice_of_modules_survives_it_too(acme: Acme, windows: Windows) -> None:
    give_password(acme, acme.ana)
    page = windows.of("ana", slot_of(acme, DOWN))
    click(page, "Confirm")
    page.get_by_role("checkbox", name="SystemDB repository").uncheck()
    expect(page.get_by_role("checkbox", name="SystemDB repository")).not_to_be_checked()
    end_session(acme, acme.ana)
    click(page, "Confirm")
    sign_in(page, acme.ana.login, PASSWORD)
    expect(page.get_by_role("checkbox", name="SystemDB repository")).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="Data repositories")).to_be_checked()
    assert moves_of(acme) == 0
    click(page, "Confirm")
    expect_status(page, "Scheduled")


def test_a_forbidden_person_on_a_deep_link_reads_who_may(acme: Acme, windows: Windows) -> None:
    move = to_staging(acme, next_week(acme))
    for who, path in FORBIDDEN:
        page = windows.of(who)
        answer = page.goto(path.format(move=move.id))
        assert answer is not None
        assert answer.status in {403, 404}, (who, path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        page.context.close()
    assert now(acme, move).state is State.PROPOSED


def test_a_stranger_on_a_deep_link_comes_to_it_after_signing_in(
    acme: Acme, windows: Windows
) -> None:
    move = to_staging(acme, next_week(acme))
    give_password(acme, acme.ben)
    page = windows.stranger(f"/moves/{move.id}/cancel")
    sign_in(page, acme.ben.login, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancel this Move to Staging?")


def test_an_impatient_double_click_schedules_once(acme: Acme, windows: Windows) -> None:
    page = windows.of("ana", slot_of(acme, UP))
    click(page, "Confirm")
    page.get_by_role("button", name="Confirm").dblclick()
    expect_status(page, "ProposedMoveToStaging")
    assert moves_of(acme) == 1


def test_going_back_never_offers_what_is_done(acme: Acme, windows: Windows) -> None:
    move = to_staging(acme, next_week(acme))
    page = windows.of("ben", STAGING)
    click(page, "Validate Scheduled Proposal")
    expect_status(page, "ValidatedMoveToStaging")
    _ = page.goto("/calendar")
    _ = page.go_back()
    expect_status(page, "ValidatedMoveToStaging")
    _ = page.go_back()
    expect(page.get_by_role("button", name="Validate Scheduled Proposal")).to_have_count(0)
    assert now(acme, move).state is State.VALIDATED


def test_too_late_to_cancel_is_said_on_the_page(acme: Acme, windows: Windows) -> None:
    move = to_staging(acme)
    page = windows.of("ben", f"/moves/{move.id}/cancel")
    page.get_by_label("Reason").fill("Too early")
    _ = validate(acme, move)
    assert begin(acme)
    click(page, "Cancel Proposal")
    expect(page.get_by_role("alert")).to_contain_text("begun")
    expect(page.get_by_label("Reason")).to_have_value("Too early")
    assert end(acme, move).state is State.COMPLETED


def test_an_empty_choice_is_refused_where_it_was_made(acme: Acme, windows: Windows) -> None:
    page = windows.of("ana", slot_of(acme, DOWN))
    click(page, "Confirm")
    for name in ("SystemDB repository", "Data repositories"):
        page.get_by_role("checkbox", name=name).uncheck()
        expect(page.get_by_role("checkbox", name=name)).not_to_be_checked()
    click(page, "Confirm")
    expect(page.get_by_role("alert")).to_be_focused()
    assert moves_of(acme) == 0


def test_a_form_of_another_page_of_the_web_does_nothing(acme: Acme, windows: Windows) -> None:
    move = to_staging(acme, next_week(acme))
    page: Page = windows.of("ana")
    _ = page.goto("about:blank")
    action = f"{windows.url}/moves/{move.id}/withdraw"
    page.set_content(f"<form method=post action='{action}'><button>Win</button></form>")
    page.get_by_role("button", name="Win").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert now(acme, move).state is State.PROPOSED
