"""axe-core, which reads a page as those who cannot see it do, and says what they would miss."""

from enum import StrEnum
from pathlib import Path

from playwright.sync_api import Page

VENDOR = Path(__file__).parents[1] / "browser" / "vendor"
AXE = next(VENDOR.glob("axe-*.min.js")).read_text()
RUN = r"""
async options => {
  const found = await axe.run(document, {resultTypes: ['violations'], ...options});
  return found.violations.map(v => `${v.id}: ` + v.nodes.slice(0, 4).map(
    n => `${n.target.join(' ')} (${n.failureSummary.replaceAll(/\s+/g, ' ')})`).join('; '));
}
"""
CONTRAST = "color-contrast"


class Look(StrEnum):
    """What axe-core looks at; each half takes half of the time."""

    ALL = "all"
    COLOURS = "colours"
    """Another theme has the same elements: only colours differ."""
    ELEMENTS = "elements"
    """Another size has the same colours: only what is shown, and where, differs."""


OPTIONS: dict[Look, dict[str, object]] = {
    Look.ALL: {},
    Look.COLOURS: {"runOnly": [CONTRAST]},
    Look.ELEMENTS: {"rules": {CONTRAST: {"enabled": False}}},
}


def violations(page: Page, look: Look = Look.ALL) -> list[str]:
    """Return what axe-core finds on a page as it is now: rule, elements, reason."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN, OPTIONS[look])
    return found
