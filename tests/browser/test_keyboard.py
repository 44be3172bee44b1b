"""The keyboard alone: import, costs and settings from the first Tab to the last word."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.test_import import FILE
from tests.e2e.instance import Instance

MOST_TABS = 80


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    await target.wait_for()
    for _ in range(MOST_TABS):
        if await target.evaluate("(one) => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} Tabs do not reach {target}")


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    await tab_to(page, target)
    await page.keyboard.press(key)


async def eventually(read: Callable[[], Awaitable[object]], wanted: object) -> None:
    """What the server says, as soon as it says so."""
    for _ in range(100):
        if (found := await read()) == wanted:
            return
        await asyncio.sleep(0.1)
    assert found == wanted


async def test_file_is_imported_and_taken_back(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/import")
    button = page.get_by_role("button", name="Choose a file")
    await tab_to(page, button)
    async with page.expect_file_chooser() as opened:
        await page.keyboard.press("Enter")
    file = {"name": "keys.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    await (await opened.value).set_files(file)  # type: ignore[arg-type]
    meaning = page.get_by_label("What Pool pump [kW] holds")
    await tab_to(page, meaning)
    await page.keyboard.press("ArrowDown")
    await expect(meaning).to_have_value("-")
    await expect(page.locator(".chip", has_text="Pool pump")).to_have_count(0)
    start = page.get_by_role("button", name="Import", exact=True)
    await expect(start).to_be_enabled()
    await press(page, start)
    job = page.locator("[data-import]", has_text="keys.csv").first
    await expect(job).to_have_attribute("data-state", "completed")
    await expect(job).to_contain_text("3 accepted")
    await press(page, job.get_by_role("button", name="Undo"))
    await press(page, page.get_by_role("dialog").get_by_role("button", name="Undo"))
    await expect(page.get_by_text("The import is taken back.")).to_be_visible()


async def test_tariff_is_added_saved_and_removed(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/costs")

    async def prices() -> list[tuple[float, list[list[int]]]]:
        async with httpx.AsyncClient() as client:
            stored = (await client.get(f"{instance.base_url}/api/tariffs/")).json()["tariffs"]
        return [(one["price_per_kwh"], [band["weekdays"] for band in one["bands"]]) for one in stored]

    try:
        await press(page, page.get_by_role("button", name="Add a tariff"))
        await tab_to(page, page.get_by_label("Price per kWh").first)
        await page.keyboard.press("Control+a")
        await page.keyboard.type("0.42")
        await press(page, page.get_by_role("button", name="Add a time band"))
        sunday = page.get_by_role("group", name="Days").get_by_role("button", name="Sun")
        await press(page, sunday, "Space")
        await expect(sunday).to_have_attribute("aria-pressed", "false")
        await press(page, page.get_by_role("button", name="Save"))
        await eventually(prices, [(0.42, [[0, 1, 2, 3, 4, 5]])])
        await press(page, page.get_by_role("button", name="Remove the tariff from"))
        await press(page, page.get_by_role("button", name="Save"))
        await eventually(prices, [])
    finally:
        httpx.put(f"{instance.base_url}/api/tariffs/", json={"currency": "EUR", "tariffs": []})


async def test_settings_are_changed(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/settings")
    dark = page.get_by_role("button", name="Dark")
    await press(page, dark, "Space")
    await expect(dark).to_have_attribute("aria-pressed", "true")
    await press(page, page.get_by_text("Change zone or clock"))
    await tab_to(page, page.locator("details").get_by_label("Time zone"))
    await page.keyboard.type("Europe/Madr")
    await expect(page.locator("[data-part=site-lines]")).to_have_text(
        "SITE_TIMEZONE=Europe/Madrid\nCLOCK=latest"
    )

    device = httpx.get(f"{instance.base_url}/api/devices/summary/").json()[0]
    renamed = page.get_by_role("row", name=device["device_name"])
    rename = renamed.get_by_role("button", name="Rename")
    await press(page, rename)
    await expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(rename).to_be_focused()


async def test_key_is_made_and_revoked(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/settings")
    await tab_to(page, page.get_by_label("Whose key"))
    await page.keyboard.type("By keys")
    await page.keyboard.press("Enter")
    await press(page, page.get_by_role("button", name="I have it"))
    await press(page, page.get_by_role("button", name="Revoke the key of By keys"))
    await press(page, page.get_by_role("button", name="Revoke it now"))
    await expect(page.get_by_role("row", name="By keys")).to_contain_text("revoked")


@pytest.mark.parametrize("view", ["import", "costs", "settings"])
async def test_tab_leaves_no_view_and_comes_round(new_page: NewPage, instance: Instance, view: str) -> None:
    """No part keeps the focus: after the last one the browser's own controls are next."""
    page = await new_page(f"{instance.base_url}/#/{view}")
    await page.wait_for_selector("main h1")
    await page.wait_for_function("() => !document.querySelector('.skeleton')")
    await tab_to(page, page.locator(".skip"))
    await page.keyboard.press("Tab")
    await tab_to(page, page.locator(".skip"))
