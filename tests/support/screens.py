"""Every page in every state worth looking at, for the browser's tests and for `make shots`.

A path's `{move}` is the number of the move that the scene has made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, expect

import scenes
from acme_books import Acme
from scenes import Ids

UP, DOWN = "/development/move-to-staging", "/development/down-alignment"
STAGING, PRODUCTION = "/staging/move-to-production", "/production/production-deployment"
MOVE = "/moves/{move}"
FRIDAY = "?day=2026-05-29&hour=22"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One page in one state, as somebody sees it; `act` is done before it is looked at."""

    name: str
    who: str | None
    path: str
    act: Callable[[Page], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A state of Acme: what makes it, and its screens."""

    prepare: Callable[[Acme], Ids]
    screens: tuple[Screen, ...]
    tested: bool = False
    """Whether Staging has Development's modules."""


def screen(
    name: str, who: str | None, path: str, act: Callable[[Page], object] | None = None
) -> Screen:
    return Screen(name=name, who=who, path=path, act=act)


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/schedule/*")


def confirm_undo(page: Page) -> None:
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/undo/confirm")


def clear_billing(page: Page) -> None:
    """Clear a module that another one needs."""
    confirm(page)
    page.get_by_role("checkbox", name="acme.billing").uncheck()
    page.get_by_text("acme.reports").first.wait_for()
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("This choice cannot be moved").wait_for()


def scope_alone(page: Page) -> None:
    confirm(page)
    page.get_by_role("checkbox", name="Data repositories").uncheck()


def refused_sign_in(page: Page) -> None:
    page.get_by_label("Sign-in name").fill("nobody")
    page.get_by_label("Password or sign-in code").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def without_a_reason(page: Page) -> None:
    page.get_by_label("Reason").fill("  ")
    page.get_by_role("button", name="Cancel Proposal").click()
    page.get_by_role("alert").wait_for()


def all_asked(page: Page) -> None:
    """Wait until every server has been asked how it is."""
    expect(page.get_by_text("Its servers are being asked")).to_have_count(0)


def check_draft(page: Page) -> None:
    page.get_by_role("textbox").fill(f"{scenes.POLICY}nowhere = 'keep'")
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("typing errors").or_(page.get_by_text("not decided")).first.wait_for()


def create_key(page: Page) -> None:
    page.get_by_label("Name").fill("nightly pipeline")
    page.get_by_role("button", name="Create the key").click()
    page.get_by_text("shown this once").wait_for()


def send_from_before(page: Page) -> None:
    """Send a form that an earlier session of this browser was shown."""
    page.get_by_label("Name").fill("nightly pipeline")
    page.locator("main form [name=csrf]").evaluate("field => field.value = 'of before'")
    page.get_by_role("button", name="Create the key").click()
    page.get_by_role("heading", name="Your form is kept").wait_for()


def open_maintenance(page: Page) -> None:
    page.get_by_text("Book maintenance").first.click()


def open_freeze(page: Page) -> None:
    page.get_by_text("Enter a freeze").click()


def maintenance_at(page: Page, day: str, hour: str, minute: str) -> None:
    """Ask for a time of work that is refused."""
    open_maintenance(page)
    form = page.locator("form[action='/calendar/maintenance']")
    form.get_by_label("Day").fill(day)
    _ = form.get_by_label("Hours").select_option(hour)
    _ = form.get_by_label("Minutes").select_option(minute)
    form.get_by_label("What for").fill("New disks")
    form.get_by_role("button", name="Book maintenance").click()


def maintenance_twice(page: Page) -> None:
    maintenance_at(page, "2026-10-25", "2", "30")
    page.get_by_label("Which one?").wait_for()


def maintenance_taken(page: Page) -> None:
    maintenance_at(page, "2026-05-29", "9", "0")
    page.get_by_text("Book it at a free time instead").wait_for()


def open_menu(page: Page) -> None:
    page.get_by_text("Menu", exact=True).click()


SCENES: Mapping[str, Scene] = {
    "beginning": Scene(
        prepare=scenes.nothing,
        screens=(
            screen("sign-in", None, "/sign-in"),
            screen("sign-in-refused", None, "/sign-in", refused_sign_in),
            screen("overview-first", "ana", "/"),
            screen("up-first", "ana", UP),
            screen("down-first", "ana", DOWN),
            screen("staging-first", "ben", STAGING),
            screen("production-first", "cem", PRODUCTION),
            screen("moves-first", "ana", "/moves"),
            screen("restore-points-first", "ana", "/restore-points"),
            screen("inbox-first", "eve", "/inbox"),
            screen("settings", "ana", "/settings"),
            screen("people", "dora", "/people"),
            screen("modules", "ana", "/modules"),
            screen("modules-auditor", "eve", "/modules"),
            screen("modules-publisher", "pat", "/modules"),
            screen("environments", "operator", "/environments", all_asked),
            screen("policies", "ana", "/policies"),
            screen("policy", "ana", "/policies/customers"),
            screen("policy-files", "cem", "/policies/files"),
            screen("organisations", "operator", "/organisations"),
            screen("not-found", "ana", "/moves/999"),
            screen("forbidden", "eve", f"{UP}/schedule"),
        ),
    ),
    "proposed": Scene(
        prepare=scenes.proposed,
        screens=(
            screen("overview-proposed", "ana", "/"),
            screen("up-proposed", "ana", UP),
            screen("staging-to-validate", "ben", STAGING),
            screen("staging-looking-on", "eve", STAGING),
            screen("move-proposed", "ben", MOVE),
            screen("modify", "ben", f"{MOVE}/modify"),
            screen("cancel", "ben", f"{MOVE}/cancel"),
            screen("cancel-refused", "ben", f"{MOVE}/cancel", without_a_reason),
            screen("withdraw", "ana", f"{MOVE}/withdraw"),
            screen("calendar", "operator", "/calendar"),
            screen("calendar-frozen", "ana", "/calendar?month=2026-12"),
            screen("inbox", "ben", "/inbox"),
            screen("audit", "eve", "/audit"),
        ),
    ),
    "forms": Scene(
        prepare=scenes.proposed,
        screens=(
            screen("person", "operator", "/people/ana@acme"),
            screen("add-person", "operator", "/add-person"),
            screen("operators", "operator", "/operators"),
            screen("organisation", "operator", "/organisations/acme"),
            screen("module", "ana", "/modules/acme.crm"),
            screen("environment", "ana", "/environments/staging"),
            screen("policy-draft", "ana", "/policies/customers/draft"),
            screen("policy-draft-checked", "ana", "/policies/customers/draft", check_draft),
            screen("policy-version", "ana", "/policies/customers/versions/1"),
            screen("password", "ana", "/settings/password"),
            screen("key-shown", "ana", "/settings/keys", create_key),
            screen("form-kept", "ana", "/settings/keys", send_from_before),
            screen("maintenance", "dora", "/calendar", open_maintenance),
            screen("maintenance-twice", "dora", "/calendar", maintenance_twice),
            screen("maintenance-taken", "dora", "/calendar", maintenance_taken),
            screen("freeze", "operator", "/calendar", open_freeze),
            screen("modules-without-time", "ana", f"{UP}/schedule/modules"),
            screen("scope-without-time", "ana", f"{DOWN}/schedule/scope"),
        ),
    ),
    "validated": Scene(
        prepare=scenes.validated,
        screens=(
            screen("overview-validated", "ana", "/"),
            screen("up-validated", "ana", UP),
            screen("staging-validated", "ben", STAGING),
            screen("move-validated", "ana", MOVE),
        ),
    ),
    "choosing": Scene(
        prepare=scenes.validated,
        screens=(
            screen("slot", "ana", f"{DOWN}/schedule"),
            screen("slot-free", "ana", f"{DOWN}/schedule?day=2026-05-28&hour=22"),
            screen("slot-taken", "ana", f"{DOWN}/schedule?day=2026-05-29&hour=9"),
            screen("slot-gap", "ana", f"{DOWN}/schedule?day=2027-03-28&hour=2&minute=30"),
            screen("slot-twice", "ana", f"{DOWN}/schedule?day=2026-10-25&hour=2&minute=30"),
            screen("slot-frozen", "ana", f"{DOWN}/schedule?day=2026-12-22&hour=9"),
            screen("slot-past", "ana", f"{DOWN}/schedule?day=2026-05-19&hour=9"),
            screen("slot-last-month", "ana", f"{DOWN}/schedule?month=2027-05"),
            screen("slot-no-minute", "ana", f"{DOWN}/schedule?day=2026-05-29&hour=9&minute=7"),
            screen("slot-no-month", "ana", f"{DOWN}/schedule?month=2026-99"),
            screen("scope", "ana", f"{DOWN}/schedule?day=2026-05-28&hour=20", confirm),
            screen("scope-alone", "ana", f"{DOWN}/schedule?day=2026-05-28&hour=20", scope_alone),
        ),
    ),
    "modules": Scene(
        prepare=scenes.nothing,
        screens=(
            screen("modules-chosen", "ana", f"{UP}/schedule{FRIDAY}", confirm),
            screen("modules-needed", "ana", f"{UP}/schedule{FRIDAY}", clear_billing),
        ),
    ),
    "frozen": Scene(
        prepare=scenes.frozen,
        screens=(
            screen("staging-frozen", "ben", STAGING),
            screen("override", "ben", f"{MOVE}/override"),
        ),
    ),
    "modified": Scene(
        prepare=scenes.modified,
        screens=(
            screen("up-modified", "ana", UP),
            screen("staging-modified", "ben", STAGING),
        ),
    ),
    "running": Scene(
        prepare=scenes.running,
        screens=(
            screen("overview-running", "ana", "/"),
            screen("up-running", "ana", UP),
            screen("staging-running", "ben", STAGING),
            screen("move-running", "ben", MOVE),
            screen("stop", "ben", f"{MOVE}/stop"),
            screen("too-late", "ana", f"{MOVE}/withdraw"),
        ),
    ),
    "running-down": Scene(
        prepare=scenes.running_down,
        screens=(screen("down-running", "ana", DOWN), screen("move-down-running", "ana", MOVE)),
    ),
    "stopping": Scene(
        prepare=scenes.stopping,
        screens=(screen("move-stopping", "ben", MOVE),),
    ),
    "taken-back": Scene(
        prepare=scenes.taken_back,
        screens=(screen("move-taken-back", "ben", MOVE),),
    ),
    "tested": Scene(
        prepare=scenes.tested,
        tested=True,
        screens=(
            screen("overview-tested", "ben", "/"),
            screen("staging-tested", "ben", STAGING),
            screen("move-completed", "ben", MOVE),
            screen("review", "ben", f"{STAGING}/schedule{FRIDAY.replace('29', '28')}", confirm),
        ),
    ),
    "drifted": Scene(
        prepare=scenes.tested,
        screens=(
            screen("staging-drifted", "ben", STAGING),
            screen("drift-refused", "ben", f"{STAGING}/schedule"),
        ),
    ),
    "on-its-way": Scene(
        prepare=scenes.on_its_way,
        tested=True,
        screens=(
            screen("overview-on-its-way", "cem", "/"),
            screen("staging-on-its-way", "ben", STAGING),
            screen("production-to-validate", "cem", PRODUCTION),
            screen("slot-tested-waits", "ana", f"{UP}/schedule{FRIDAY}"),
        ),
    ),
    "stale": Scene(
        prepare=scenes.stale,
        tested=True,
        screens=(
            screen("overview-stale", "cem", "/"),
            screen("production-stale", "cem", PRODUCTION),
        ),
    ),
    "deployed": Scene(
        prepare=scenes.deployed,
        tested=True,
        screens=(
            screen("overview-deployed", "cem", "/"),
            screen("production-deployed", "cem", PRODUCTION),
            screen("move-deployed", "cem", MOVE),
        ),
    ),
    "failed": Scene(
        prepare=scenes.failed,
        screens=(
            screen("up-failed", "ana", UP),
            screen("move-failed", "ben", MOVE),
        ),
    ),
    "errored": Scene(
        prepare=scenes.errored,
        screens=(
            screen("overview-errored", "ana", "/"),
            screen("down-errored", "ana", DOWN),
            screen("move-errored", "ana", MOVE),
            screen("resolve", "ana", f"{MOVE}/resolve"),
        ),
    ),
    "put-back": Scene(
        prepare=scenes.put_back,
        screens=(screen("move-put-back", "ana", MOVE),),
    ),
    "repaired": Scene(
        prepare=scenes.repaired,
        screens=(screen("move-repaired", "ana", MOVE),),
    ),
    "expired": Scene(
        prepare=scenes.expired,
        screens=(screen("up-expired", "ana", UP), screen("move-expired", "ana", MOVE)),
    ),
    "scheduled-down": Scene(
        prepare=scenes.scheduled_down,
        screens=(
            screen("overview-scheduled-down", "ana", "/"),
            screen("down-scheduled", "ana", DOWN),
        ),
    ),
    "aligned": Scene(
        prepare=scenes.aligned,
        screens=(screen("down-aligned", "ana", DOWN), screen("move-aligned", "ana", MOVE)),
    ),
    "undoable": Scene(
        prepare=scenes.undoable,
        screens=(
            screen("restore-points-undo", "ana", "/restore-points"),
            screen("move-undoable", "ana", MOVE),
            screen("undo-preview", "ana", f"{MOVE}/undo"),
            screen("undo-slot", "ana", f"{MOVE}/undo/schedule"),
            screen("undo-confirm", "ana", f"{MOVE}/undo/schedule", confirm_undo),
            screen("undo-forbidden", "ben", f"{MOVE}/undo"),
        ),
    ),
    "undo-proposed": Scene(
        prepare=scenes.undo_proposed,
        tested=True,
        screens=(
            screen("production-undo", "dora", PRODUCTION),
            screen("move-undo", "cem", MOVE),
            screen("overview-undo", "cem", "/"),
        ),
    ),
    "a-long-life": Scene(
        prepare=scenes.a_long_life,
        tested=True,
        screens=(
            screen("overview-long", "dora", "/"),
            screen("moves", "dora", "/moves"),
            screen("restore-points", "dora", "/restore-points"),
            screen("policy-waiting", "cem", "/policies/customers"),
            screen("policies-waiting", "cem", "/policies"),
            screen("audit-long", "operator", "/audit"),
            screen("inbox-long", "cem", "/inbox"),
        ),
    ),
    "no-self-service": Scene(
        prepare=scenes.without_self_service, screens=(screen("no-self-service", "ana", UP),)
    ),
    "essential": Scene(
        prepare=scenes.essential,
        screens=(
            screen("essential", "ana", UP),
            screen("essential-refused", "ana", f"{UP}/schedule"),
        ),
    ),
    "hostile": Scene(
        prepare=scenes.hostile,
        screens=(
            screen("hostile-overview", "ana", "/"),
            screen("hostile-up", "dora", UP),
            screen("hostile-staging", "ben", STAGING),
            screen("hostile-move", "cem", MOVE),
            screen("hostile-canceled", "ana", "/moves/{canceled}"),
            screen("hostile-moves", "dora", "/moves"),
            screen("hostile-slot", "ana", f"{DOWN}/schedule?day=2026-05-29&hour=22"),
            screen("hostile-calendar", "dora", "/calendar"),
            screen("hostile-people", "operator", "/people"),
            screen("hostile-inbox", "ben", "/inbox"),
            screen("hostile-audit", "operator", "/audit"),
            screen("hostile-organisations", "operator", "/organisations"),
            screen("hostile-cancel", "ben", f"{MOVE}/cancel"),
        ),
    ),
}
