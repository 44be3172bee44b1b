"""The page without its server: opens with what it last had, says of when that is, forgets it with the key."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect

from api_service.services.access.key_service import digest_of
from tests.browser.api_process import ApiProcess
from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance

QUESTION = "How much energy did the TV use yesterday?"
AWAY = "The server cannot be reached. These figures are from"


async def controlled(page: Page) -> None:
    """Wait until the service worker answers for the page."""
    await page.evaluate("() => navigator.serviceWorker.ready")
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")


async def test_page_opens_without_its_server_with_the_figures_that_it_last_had(
    new_page: NewPage, second_api: ApiProcess
) -> None:
    page = await new_page(second_api.url, expects_errors=True, service_workers="allow")
    await controlled(page)
    await page.reload()
    await page.wait_for_selector(".plot canvas")
    power = await page.locator("[data-tile=power] .figure").inner_text()
    await page.goto(f"{second_api.url}/#/ask")
    await page.get_by_role("textbox", name="Your question").fill(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.locator(".turn .words")).to_contain_text("608 Wh")
    asked = await page.evaluate("location.hash")
    await page.reload()
    await expect(page.locator(".turn .words")).to_contain_text("608 Wh")
    second_api.stop()

    await page.goto(f"{second_api.url}/#/")
    await page.reload()
    await expect(page.get_by_text(AWAY)).to_be_visible()
    await expect(page.locator(".device:not(.silent)")).to_have_count(10)
    await expect(page.locator("[data-tile=power] .figure")).to_have_text(power)
    await page.goto(f"{second_api.url}/{asked}")
    await expect(page.locator(".turn .words")).to_contain_text("608 Wh")

    await asyncio.to_thread(second_api.start)
    await expect(page.locator(".banner.bad")).to_have_count(0)


async def test_what_is_kept_goes_with_the_key(new_page: NewPage, instance: Instance, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of('open sesame')} test\n")
    api = ApiProcess(instance, tmp_path / "api.log", API_KEYS_FILE=str(keys))
    await asyncio.to_thread(api.start)
    try:
        page = await new_page(api.url, expects_errors=True, service_workers="allow")
        await controlled(page)
        await page.get_by_label("Key", exact=True).fill("open sesame")
        await page.get_by_role("button", name="Open").click()
        await expect(page.locator(".device:not(.silent)")).to_have_count(10)
        await page.wait_for_function("() => caches.has('askwatt-data')")
        await page.goto(f"{api.url}/#/settings")
        await page.get_by_role("button", name="Forget it").click()
        await expect(page.get_by_role("heading", name="This server asks for a key")).to_be_visible()
        await page.wait_for_function("async () => !(await caches.has('askwatt-data'))")
    finally:
        api.stop()
