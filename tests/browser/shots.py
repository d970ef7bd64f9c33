"""Draws `docs/shots/*.png`: `make shots`. Each page in light, in dark and on a phone.

It is no test and is not collected as one: it is run by name. Its clock stands still, so a picture
changes only where a page does.
"""

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from chromium import PHONE, WIDE
from screens import SCENES
from staging import Stage

FOLDER = Path(os.environ.get("LIFTLOCK_SHOTS", Path(__file__).parents[2] / "docs" / "shots"))
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
        for screen in scene.screens:
            page = windows.show(screen, ids, still=True)
            for look, (theme, (width, height)) in LOOKS.items():
                page.emulate_media(color_scheme=theme)
                page.set_viewport_size({"width": width, "height": height})
                path = FOLDER / f"{screen.name}-{look}.png"
                page.set_viewport_size({"width": width, "height": whole_height(page, height)})
                _ = page.screenshot(path=path)
                page.set_viewport_size({"width": width, "height": height})
            page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
