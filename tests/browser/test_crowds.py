"""Much of everything: 12,000 past moves, 200 modules; pages stay short and quick to search."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

import axe
from acme_books import Acme
from aligning import quiet
from chromium import PHONE, Windows
from crowds import crowd
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Package
from liftlock.modules import installing
from liftlock.modules.packing import build
from liftlock.services import packages
from sample_modules import a_module
from screens import SCENES, UP
from staging import Stage
from walking import click, expect_status, main

MANY_MOVES, MANY_MODULES = 12_000, 200


def test_twelve_thousand_past_moves_are_a_page_at_a_time(stage: Stage) -> None:
    with stage.acme() as acme:
        move = SCENES["failed"].prepare(acme)["move"]
        crowd(acme, move, MANY_MOVES)
        with stage.windows(acme) as windows:
            page = windows.of("dora", "/moves", still=True)
            rows = main(page).get_by_role("row")
            expect(rows).not_to_have_count(1)
            assert rows.count() <= 101
            newest = rows.nth(1).inner_text()
            main(page).get_by_role("link", name="Older").click()
            expect(rows.nth(1)).not_to_have_text(newest)
            assert axe.violations(page) == []
            main(page).get_by_role("link", name="Newer").click()
            main(page).get_by_role("link", name="Down Align").click()
            expect(main(page)).not_to_contain_text("StagingFailed")
            _ = page.goto("/")
            expect(main(page)).to_contain_text("Last moves")


@pytest.fixture
def many_modules(own_acme: Acme, tmp_path: Path) -> Acme:
    """Development with 200 modules that Production lacks; each needs the one before it."""
    digests = [a_package(own_acme, tmp_path, number).digest for number in range(MANY_MODULES)]
    development = own_acme.parts[Kind.DEVELOPMENT]
    _ = installing.install(development, digests, own_acme.store, quiet)
    return own_acme


def a_package(acme: Acme, folder: Path, number: int) -> Package:
    code, needs = f"acme.module{number:03}", f"acme.module{number - 1:03}"
    requires = f'[requires]\n"{needs}" = ">=1.0"\n' if number else ""
    text = f'code = "{code}"\nversion = "1.0"\ntitle = "Module number {number}"\n{requires}'
    built = build(a_module(folder / code, files={"module.toml": text}), acme.store)
    with acme.books.transaction() as tx:
        content = acme.store.read(built.digest)
        return packages.push(tx, acme.pat, acme.organisation.id, content)


def test_two_hundred_modules_can_be_chosen_from_and_moved(
    many_modules: Acme, own_windows: Windows
) -> None:
    assert own_windows.acme is many_modules
    page = own_windows.of("ana", f"{UP}/schedule")
    click(page, "As soon as possible")
    boxes = page.locator("input[name=module]")
    expect(boxes).to_have_count(MANY_MODULES + 1)
    expect(main(page)).to_contain_text(f"{MANY_MODULES + 1} of {MANY_MODULES + 1} selected")
    page.get_by_role("checkbox", name="acme.module000").uncheck()
    expect(main(page)).to_contain_text("acme.module001")
    page.get_by_role("checkbox", name="acme.module000").check()
    expect(main(page)).to_contain_text(f"{MANY_MODULES + 1} of {MANY_MODULES + 1} selected")
    click(page, "Confirm")
    expect_status(page, "ProposedMoveToStaging")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    _ = page.goto("/modules?find=module19")
    expect(main(page).get_by_role("row")).to_have_count(11)
