"""Every page in every state: it shuts nobody out, in both themes, and fits every screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

import axe
from chromium import PHONE, WIDE
from screens import SCENES
from staging import Stage

WIDTHS = (390, 600, 768, 1024, 1440, 2560)
SPILLS = """
() => [...document.querySelectorAll('body *')].filter(e =>
    e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.vh, [tabindex="0"], .skip'))
  .slice(0, 3).map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`)
"""


@pytest.mark.parametrize("name", SCENES)
def test_a_page_shuts_nobody_out_and_fits_every_screen(stage: Stage, name: str) -> None:
    scene = SCENES[name]
    with stage.set(scene) as (windows, ids):
        found: list[str] = []
        for screen in scene.screens:
            page = windows.show(screen, ids, still=True)
            found += [f"{screen.name}, {what}" for what in wrong_with(page)]
        assert not found, "\n".join(found)


def wrong_with(page: Page) -> Iterator[str]:
    """Yield what is wrong with a page, and how it was looked at then."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        yield from (f"{theme}: {wrong}" for wrong in axe.violations(page))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": WIDE[1]})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{width} pixels: {page.evaluate(SPILLS)}"
        if width == PHONE[0]:
            yield from (f"phone: {wrong}" for wrong in axe.violations(page))
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="light")
