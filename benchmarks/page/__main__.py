"""`python -m benchmarks.page`: milliseconds to the page's first paint and to its plot, and its bytes.

A gateway with the sample household, and a Chromium on this machine; each visit has empty caches.
Bytes are those of the page's own files as sent (compressed), without the readings.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Browser, async_playwright

from tests.browser import chromium
from tests.e2e.instance import Instance

WIDTH, HEIGHT = 1280, 900
BUDGET_MS, BUDGET_BYTES = 1000, 250_000
READ = """() => {
  const files = performance.getEntriesByType("resource").filter((one) => one.name.includes("/web/"));
  const [page] = performance.getEntriesByType("navigation");
  return {
    paint_ms: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    plot_ms: performance.now(),
    size: files.reduce((sum, one) => sum + one.encodedBodySize, page.encodedBodySize),
    files: files.length,
  };
}"""


@dataclass(frozen=True)
class Visit:
    """One visit: to the first paint, to the day's plot, and what it loaded."""

    paint_ms: float
    plot_ms: float
    size: int
    files: int


def main(arguments: list[str] | None = None) -> int:
    """Visit the overview, print medians beside the goals; 1 where it is too large, 2 without a Chromium."""
    parser = argparse.ArgumentParser("python -m benchmarks.page", description=__doc__)
    parser.add_argument("--visits", type=int, default=7, help="fresh contexts (default 7)")
    given = parser.parse_args(arguments)
    if chromium.PATH is None:
        print(chromium.WHY_SKIPPED, file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="askwatt-bench-") as folder,
        Instance(Path(folder)) as instance,
    ):
        visits = asyncio.run(_visits(instance.base_url, given.visits))
    paint_ms = median(visit.paint_ms for visit in visits)
    print(f"medians of {len(visits)} visits with empty caches ({WIDTH} px, the sample household)")
    slowest = max(visit.paint_ms for visit in visits)
    print(f"first paint {paint_ms:8.0f} ms  (goal {BUDGET_MS} ms; slowest {slowest:.0f} ms)")
    print(f"day's plot  {median(visit.plot_ms for visit in visits):8.0f} ms")
    size = visits[0].size
    print(f"page        {size / 1000:8.1f} kB in {visits[0].files} files  (goal {BUDGET_BYTES // 1000} kB)")
    return int(size > BUDGET_BYTES)


async def _visits(url: str, count: int) -> list[Visit]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.FLAGS)
        visits = [await _visit(browser, url) for _ in range(count)]
        await browser.close()
    return visits


async def _visit(browser: Browser, url: str) -> Visit:
    # A service worker would fetch the page's files a second time.
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, service_workers="block", reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(".plot canvas")
    found: dict[str, Any] = await page.evaluate(READ)
    await context.close()
    return Visit(**found)


if __name__ == "__main__":
    sys.exit(main())
