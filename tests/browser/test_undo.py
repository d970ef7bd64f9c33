"""A person regrets a move: from its restore point to the booked Undo, click by click."""

from playwright.sync_api import expect

from chromium import Windows
from liftlock.domain.statuses import MoveKind
from undoing import completed
from walking import chamber, click, expect_status, main


def test_a_move_is_undone_click_by_click(own_windows: Windows) -> None:
    move = completed(own_windows.acme, MoveKind.MOVE_TO_STAGING)
    page = own_windows.of("ben", "/restore-points")
    click(page, f"Undo Move to Staging {move.id}")
    expect(main(page).get_by_text("acme.crm 1.0")).to_be_visible()
    expect(main(page).get_by_text("0 tables written since")).to_be_visible()
    click(page, "Choose day and time")
    click(page, "As soon as possible")
    expect(main(page).get_by_text("Held for you until")).to_be_visible()
    click(page, "Confirm")
    expect(page.get_by_text("The Undo is scheduled. It begins by itself.")).to_be_visible()
    expect_status(page, "ScheduledUndo")
    expect(chamber(page, "staging")).to_contain_text("Undo planned")
    click(page, "Withdraw")
    click(page, "Withdraw")
    expect(page.get_by_text("The Undo is withdrawn.")).to_be_visible()
