"""axe-core, which reads a page as those who cannot see it do, and says what they would miss."""

from pathlib import Path

from playwright.sync_api import Page

VENDOR = Path(__file__).parents[1] / "browser" / "vendor"
AXE = next(VENDOR.glob("axe-*.min.js")).read_text()
RUN = r"""
async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map(v => `${v.id}: ` + v.nodes.slice(0, 4).map(
    n => `${n.target.join(' ')} (${n.failureSummary.replaceAll(/\s+/g, ' ')})`).join('; '));
}
"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on a page as it is now: rule, elements, reason."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found
