"""Tariffs: edited, kept, and what the last week would have cost at them."""

from datetime import datetime

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance

DAY_PRICE, NIGHT_PRICE = 0.30, 0.10
HEAT_PUMP = 2


def cost_of_last_week(url: str, *clusters: int) -> float:
    """Of all devices, or of those given: 10 to 16 March at 30 cents, 10 from 22:00 to 07:00, by the hour.

    UTC is the site's zone.
    """
    query = {
        "quantity": "energy",
        "bucket": "1h",
        "start": "2026-03-10T00:00:00Z",
        "end": "2026-03-17T00:00:00Z",
    }
    total = 0.0
    known = [row["cluster"] for row in httpx.get(f"{url}/api/devices/summary/").json()]
    for cluster in clusters or known:
        series = httpx.get(f"{url}/api/devices/{cluster}/series", params=query).json()
        for point in series["points"]:
            hour = datetime.fromisoformat(point["start"]).hour
            total += point["sum"] * (NIGHT_PRICE if hour >= 22 or hour < 7 else DAY_PRICE)
    return total


async def test_tariff_with_a_night_band_is_previewed_saved_and_kept(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(f"{instance.base_url}/#/costs")
    await page.get_by_role("button", name="Add a tariff").click()
    await page.get_by_label("Price per kWh").fill(str(DAY_PRICE))
    await page.get_by_role("button", name="Add a time band").click()
    await page.get_by_label("Price per kWh").nth(1).fill(str(NIGHT_PRICE))
    await page.get_by_label("Price per kWh").nth(1).press("Tab")
    shown = page.locator("[data-part=cost]")
    await expect(shown).to_contain_text("€")
    amount = float((await shown.inner_text()).strip("€"))
    assert amount == pytest.approx(cost_of_last_week(instance.base_url), abs=0.006)
    # What is being edited outlives a server that was away.
    async with page.expect_response("**/api/tariffs/"):
        await page.evaluate("dispatchEvent(new Event('askwatt:back'))")
    try:
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("The tariffs are saved.")).to_be_visible()
        stored = httpx.get(f"{instance.base_url}/api/tariffs/").json()
        (tariff,) = stored["tariffs"]
        assert (stored["currency"], tariff["price_per_kwh"]) == ("EUR", DAY_PRICE)
        assert tariff["bands"][0] == {
            "price_per_kwh": NIGHT_PRICE,
            "start": "22:00",
            "end": "07:00",
            "weekdays": [0, 1, 2, 3, 4, 5, 6],
        }
        # A meter of the whole site measures all others too: what it drew is the site, once.
        httpx.patch(f"{instance.base_url}/api/devices/{HEAT_PUMP}", json={"role": "mains"})
        await page.reload()
        await expect(page.get_by_label("Price per kWh").first).to_have_value("0.3")
        await expect(shown).to_have_text(f"€{cost_of_last_week(instance.base_url, HEAT_PUMP):.2f}")
    finally:
        httpx.patch(f"{instance.base_url}/api/devices/{HEAT_PUMP}", json={"role": None})
        httpx.put(f"{instance.base_url}/api/tariffs/", json={"currency": "EUR", "tariffs": []})
