"""Names and reasons as people may write them: shown as they are, and never anything else."""

from playwright.sync_api import expect

from acme_books import Acme
from chromium import Windows
from journeys import to_staging
from liftlock.services.slots import Soon
from scenes import HOSTILE
from screens import SCENES, STAGING
from staging import Stage
from walking import click, detail, main

REASONS = {
    "script": "<script>document.title = 'taken over'</script>",
    "attribute": '" autofocus onfocus="document.title=\'taken over\'" x="',
    "template": "{{ 7 * 7 }} ${7*7} <%= 49 %>",
    "emoji": "👩🏽‍🚀 🏳️‍🌈 👨‍👩‍👧‍👦",
    "right to left": "سبب الإلغاء: עוד לא",
    "two hundred letters": "reason" * 33 + "xx",
}


def test_a_reason_is_shown_to_the_letter(acme: Acme, windows: Windows) -> None:
    page = windows.of("ben")
    for reason in REASONS.values():
        move = to_staging(acme, Soon())
        _ = page.goto(f"/moves/{move.id}/cancel")
        page.get_by_label("Reason").fill(reason)
        click(page, "Cancel Proposal")
        expect(page).to_have_url(f"{windows.url}{STAGING}")
        assert detail(page, "Reason").inner_text() == reason
        assert "taken over" not in page.title()
        expect(page.locator("main script")).to_have_count(0)


def test_names_are_shown_to_the_letter_on_every_page(stage: Stage) -> None:
    scene = SCENES["hostile"]
    with stage.set(scene) as (windows, ids):
        for screen in scene.screens[:4]:
            shown = windows.show(screen, ids)
            expect(shown.locator("body script, main img, main b:has-text('Acme')")).to_have_count(0)
        page = windows.of("ana", STAGING)
        for name in (HOSTILE["ana"], HOSTILE["ben"]):
            expect(main(page)).to_contain_text(name)


def test_a_name_of_right_to_left_turns_nothing_around_it(stage: Stage) -> None:
    scene = SCENES["hostile"]
    with stage.set(scene) as (windows, ids):
        page = windows.of("dora", f"/moves/{ids['move']}")
        name = detail(page, "Accepted by").locator("bdi")
        expect(name).to_have_text(HOSTILE["ben"])
        when = detail(page, "Accepted by").locator("time")
        assert when.inner_text() == "May 19, 10:12"
        assert name.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
