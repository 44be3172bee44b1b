"""What does not move and does not speak: reduced motion, and live regions on a page that lives."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import NewPage
from tests.browser.test_ask import MOST, ask, last_turn
from tests.e2e.instance import Instance

LIVE_S = 60
LAST_READING = datetime(2026, 3, 17, 19, 30, tzinfo=UTC)
GUEST = 77
# What a screen reader speaks of by itself: changed text in a live region, and new regions with a text.
LISTEN = """() => {
  window.spoken = [];
  const live = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]";
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(live);
      const added = [...addedNodes].filter((one) => one.nodeType === 1)
        .flatMap((one) => [...(one.matches(live) ? [one] : []), ...one.querySelectorAll(live)]);
      const texts = (region ? [region] : added).map((one) => one.innerText.trim());
      window.spoken.push(...texts.filter(Boolean));
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


async def spoken(page: Page) -> list[str]:
    texts: list[str] = await page.evaluate("window.spoken")
    return texts


async def test_live_minute_is_shown_without_a_word(new_page: NewPage, instance: Instance) -> None:
    pages = [await new_page(f"{instance.base_url}/{view}") for view in ("#/", "#/settings", "#/device/2")]
    for page in pages:
        await page.wait_for_selector("main h1")
        await page.wait_for_function("() => !document.querySelector('.skeleton')")
        await page.evaluate(LISTEN)
    end = time.monotonic() + LIVE_S
    second = 0
    async with httpx.AsyncClient(base_url=instance.base_url, timeout=30) as client:
        try:
            while time.monotonic() < end:
                second += 1
                reading = {
                    "timestamp": (LAST_READING - timedelta(seconds=600 - second)).isoformat(),
                    "cluster": GUEST,
                    "device_name": "Guest room",
                    "real_power_watt": 100 + second,
                }
                answer = await client.post("/api/readings/", json=[reading])
                assert answer.json()["accepted"] == 1
                await asyncio.sleep(1)
            shown = pages[0].locator(f"[data-cluster='{GUEST}'] .figure")
            await expect(shown).to_have_text(f"{100 + second}\u202fW")
            assert second > LIVE_S / 4
            assert [await spoken(page) for page in pages] == [[], [], []]
        finally:
            await client.delete(f"/api/devices/{GUEST}")


async def test_answer_is_spoken_once_and_whole(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/ask")
    await page.get_by_role("textbox", name="Your question").wait_for()
    await page.evaluate(LISTEN)
    await ask(page, MOST)
    words = last_turn(page).locator(".words")
    await expect(words).to_contain_text("22.0 kWh")
    await last_turn(page).locator("[data-part=evidence-plot] canvas").wait_for()
    texts = await spoken(page)
    assert len([one for one in texts if "22.0 kWh" in one]) == 1
    # Beside it at most that the question waits and that the plot is being loaded.
    assert len(texts) <= 4, texts


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
async def test_nothing_moves_where_motion_is_to_be_reduced(
    new_page: NewPage, instance: Instance, motion: str, moves: bool
) -> None:
    page = await new_page(f"{instance.base_url}/#/settings", expects_errors=True, reduced_motion=motion)
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/api/devices/**", hold)
    await page.goto(f"{instance.base_url}/#/")
    await page.locator("main .skeleton").first.wait_for()
    running = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
    assert (await page.evaluate(running) > 0) is moves
    for route in held:
        await route.abort()
    await page.unroute("**/api/devices/**")
