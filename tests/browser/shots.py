"""Draws `docs/shots/*.png`: `make shots`. Each page in light, in dark and on a phone.

It is no test and is not collected as one: it is run by name. Its clock stands still, so a picture
changes only where a page does. `LIFTLOCK_SHOTS=<folder> make shots` draws every state of every page
there instead.
"""

import os
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import Page

from chromium import PHONE, WIDE
from screens import SCENES
from staging import Stage

ELSEWHERE = os.environ.get("LIFTLOCK_SHOTS")
FOLDER = Path(ELSEWHERE or Path(__file__).parents[2] / "docs" / "shots")
PAGES = frozenset(
    {
        "sign-in", "overview-running", "up-proposed", "slot", "modules-chosen", "scope",
        "down-scheduled", "staging-to-validate", "staging-tested", "review", "modify", "cancel",
        "production-to-validate", "production-stale", "move-running", "move-completed",
        "move-errored", "moves", "calendar", "modules", "policies", "policy-waiting",
        "restore-points", "environments", "audit", "inbox", "people", "settings", "organisations",
        "no-self-service", "person", "organisation", "module", "environment", "undo-preview",
        "undo-slot", "undo-confirm", "production-undo", "stop", "resolve", "override", "withdraw",
        "move-failed", "password", "policy-draft-checked",
    }
)  # fmt: skip
"""What the documents show: each page once, in the state that says most."""
COLOURS = 128
"""As many as the eye needs here: a picture takes a third of the room."""
LOOKS: dict[str, tuple[Literal["light", "dark"], tuple[int, int]]] = {
    "light": ("light", WIDE),
    "dark": ("dark", WIDE),
    "phone": ("light", PHONE),
}
MOST_HEIGHT = 2400


def whole_height(page: Page, least: int) -> int:
    """Return how high a window shows the whole page, and no higher than a picture should be."""
    height: int = page.evaluate("document.documentElement.scrollHeight")
    return min(max(height, least), MOST_HEIGHT)


@pytest.mark.parametrize("name", SCENES)
def test_draw(stage: Stage, name: str) -> None:
    scene = SCENES[name]
    FOLDER.mkdir(exist_ok=True)
    with stage.set(scene) as (windows, ids):
        for screen in (s for s in scene.screens if ELSEWHERE or s.name in PAGES):
            page = windows.show(screen, ids, still=True)
            for look, (theme, (width, height)) in LOOKS.items():
                page.emulate_media(color_scheme=theme)
                page.set_viewport_size({"width": width, "height": height})
                path = FOLDER / f"{screen.name}-{look}.png"
                page.set_viewport_size({"width": width, "height": whole_height(page, height)})
                drawn = Image.open(BytesIO(page.screenshot()))
                drawn.convert("RGB").quantize(COLOURS).save(path, optimize=True)
                page.set_viewport_size({"width": width, "height": height})
            page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
