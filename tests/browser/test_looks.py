"""Every page in every state: it shuts nobody out, in both themes, and fits every screen."""

import gzip
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

import axe
from axe import Look
from chromium import PHONE, WIDE
from liftlock.web.console import FILES
from screens import SCENES
from staging import Stage

MOST_BYTES = 60_000
"""What a page may weigh, compressed, with its style sheets and scripts, without its fonts."""
ASSETS = "[...document.querySelectorAll('link[href], script[src]')].map(e => e.href || e.src)"
WIDTHS = (390, 768, 1024, 2560)
LOW = 400
"""A window so high is painted in half of the time."""
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
            page = windows.show(screen, ids, still=True, size=(WIDE[0], LOW))
            found += [f"{screen.name}, {what}" for what in wrong_with(page)]
        assert not found, "\n".join(found)


def weight(page: Page) -> int:
    assets: list[str] = page.evaluate(ASSETS)
    files = (urlsplit(url).path.removeprefix("/static/") for url in assets)
    return len(gzip.compress(page.content().encode())) + sum(map(weight_of_file, files))


@cache
def weight_of_file(name: str) -> int:
    return len(gzip.compress((FILES / name).read_bytes()))


def wrong_with(page: Page) -> Iterator[str]:
    """Yield what is wrong with a page, and how it was looked at then."""
    if (bytes_ := weight(page)) > MOST_BYTES:
        yield f"it weighs {bytes_:,} bytes"
    yield from (f"light: {wrong}" for wrong in axe.violations(page))
    page.emulate_media(color_scheme="dark")
    yield from (f"dark: {wrong}" for wrong in axe.violations(page, Look.COLOURS))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": LOW})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{width} pixels: {page.evaluate(SPILLS)}"
        if width == PHONE[0]:
            yield from (f"phone: {wrong}" for wrong in axe.violations(page, Look.ELEMENTS))
    page.set_viewport_size({"width": WIDE[0], "height": LOW})
    page.emulate_media(color_scheme="light")
