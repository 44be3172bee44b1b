"""The overview against what the API says."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance


@pytest.fixture
def http(instance: Instance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=instance.base_url, timeout=30) as client:
        yield client


async def test_page_says_that_now_is_in_the_past(page: Page) -> None:
    await expect(page.locator("[data-banner=clock]")).to_contain_text("17 Mar 2026, 19:30 (UTC)")


async def test_every_active_device_has_a_card_and_the_silent_one_stands_apart(
    page: Page, http: httpx.Client
) -> None:
    active = {row["cluster"] for row in http.get("/api/devices/").json()}
    known = {row["cluster"] for row in http.get("/api/devices/summary/").json()}
    await expect(page.locator(".device:not(.silent)")).to_have_count(len(active))
    silent = page.locator(".device.silent")
    assert {
        int(await card.get_attribute("data-cluster") or "") for card in await silent.all()
    } == known - active
    await expect(silent.first).to_contain_text("Silent since 15 Mar 2026")


async def test_energy_today_is_that_of_the_devices(page: Page, http: httpx.Client) -> None:
    # The sample ends at 19:30, 19.5 hours into its day.
    total = sum(row["energy_kwh"] for row in http.get("/api/devices/", params={"hours": 19.5}).json())
    await expect(page.locator("[data-tile=energy] .figure")).to_have_text(f"{total:.1f}\u202fkWh")


async def test_day_plot_stacks_the_devices_up_to_the_site(page: Page, http: httpx.Client) -> None:
    await page.wait_for_selector(".plot canvas")
    data = await page.evaluate("() => document.querySelector('.plot').plot.data.map((one) => [...one])")
    names = await page.locator(".legend li").all_inner_texts()
    assert len(data) == len(names) + 1
    query = {"bucket": "15m", "start": "2026-03-17T00:00:00Z", "end": "2026-03-17T19:30:00Z"}
    total: dict[str, float] = {}
    for row in http.get("/api/devices/").json():
        series = http.get(f"/api/devices/{row['cluster']}/series", params=query).json()
        for point in series["points"]:
            total[point["start"]] = total.get(point["start"], 0.0) + point["mean"]
    assert data[-1][:70] == pytest.approx([total[start] for start in sorted(total)][:70], rel=1e-6)


async def test_devices_after_the_largest_are_drawn_together(
    new_page: NewPage, instance: Instance, http: httpx.Client
) -> None:
    guests = {90 + number: 100 * number for number in range(1, 5)}
    for cluster, watts in guests.items():
        times = [f"2026-03-17T19:{minute:02}:00Z" for minute in range(16, 30)]
        rows = [{"timestamp": at, "cluster": cluster, "real_power_watt": watts} for at in times]
        assert http.post("/api/readings/", json=rows).json()["accepted"] == len(rows)
    try:
        page = await new_page(instance.base_url)
        await page.wait_for_selector(".plot canvas")
        names = await page.locator(".legend li").all_inner_texts()
        assert (len(names), names[-1]) == (12, "3 other devices")
        data = await page.evaluate("() => document.querySelector('.plot').plot.data.map((one) => [...one])")
        query = {"bucket": "15m", "start": "2026-03-17T19:15:00Z", "end": "2026-03-17T19:30:00Z"}
        total = 0.0
        for row in http.get("/api/devices/").json():
            (point,) = http.get(f"/api/devices/{row['cluster']}/series", params=query).json()["points"]
            total += point["mean"]
        quarter = data[0].index(datetime(2026, 3, 17, 19, 15, tzinfo=UTC).timestamp())
        assert data[-1][quarter] == pytest.approx(total, rel=1e-6)
    finally:
        for cluster in guests:
            http.delete(f"/api/devices/{cluster}")


async def test_day_before_is_one_click_away(page: Page) -> None:
    await page.get_by_role("button", name="The day before").click()
    await expect(page.get_by_role("heading", name="Power, Mon 16 Mar")).to_be_visible()
    await expect(page.get_by_role("button", name="The day after")).to_be_enabled()


async def test_devices_are_found_and_ordered(page: Page) -> None:
    await page.get_by_role("searchbox", name="Find a device").fill("ro")
    await expect(page.locator(".device:not(.silent)")).to_have_count(1)
    await page.get_by_role("searchbox").fill("")
    await page.get_by_label("Order").select_option("name")
    names = await page.locator(".device:not(.silent) h3").all_inner_texts()
    assert names == sorted(names, key=str.lower)


async def test_first_paint_is_within_a_second_and_the_page_is_small(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(instance.base_url)
    await page.wait_for_selector(".device")
    paint_ms = await page.evaluate(
        "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    sizes = await page.evaluate(
        "() => performance.getEntriesByType('resource').filter((one) => one.name.includes('/web/'))"
        ".map((one) => one.encodedBodySize)"
    )
    assert sum(sizes) < 250_000
    # The suite may share a busy machine: four times the goal of one second is still a failure of the page.
    assert paint_ms < 4000


async def test_plots_take_the_colours_of_a_scheme_that_changes(page: Page) -> None:
    await page.locator(".plot canvas").first.wait_for()
    drawn = "(colour) => document.querySelector('.plot').plot.series[1].stroke() === colour"
    await page.wait_for_function(drawn, arg="#0f766e")
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function(drawn, arg="#2dd4bf")
    swatch = page.locator(".legend .swatch").first
    await expect(swatch).to_have_css("background-color", "rgb(45, 212, 191)")


async def test_power_factor_is_judged_by_what_is_usual_for_the_device(page: Page) -> None:
    usual = {"average_power_factor": 0.9, "average_power_w": 100}
    days = {
        "as usual": [0.85, 100],
        "lower by a fifth": [0.7, 100],
        "spent in standby": [0.4, 2],
        "higher": [0.99, 100],
        "feeding in as usual": [-0.9, -100],
        "feeding in with a low one": [-0.6, -100],
        "not measured": [None, 100],
    }
    rows = {
        name: {"average_power_factor": factor, "average_power_w": power}
        for name, (factor, power) in days.items()
    }
    marked = await page.evaluate(
        """async ([rows, usual]) => {
            const base = document.querySelector('script[type=module]').src.replace(/app\\/[^/]*$/, '');
            const { isPowerFactorUnusual } = await import(`${base}views/overview/unusual.js`);
            const marked = Object.keys(rows).filter((name) => isPowerFactorUnusual(rows[name], usual));
            return [marked, isPowerFactorUnusual(rows['as usual'], undefined)];
        }""",
        [rows, usual],
    )
    assert marked == [["lower by a fifth", "feeding in with a low one"], False]


async def test_power_factor_that_is_always_low_is_shown_without_a_mark(
    page: Page, http: httpx.Client
) -> None:
    # The sample's router has 0.57 on every day.
    rows = {row["device_name"]: row for row in http.get("/api/devices/").json()}
    card = page.locator(f"[data-cluster='{rows['Router']['cluster']}']")
    shown = card.get_by_text(f"PF {rows['Router']['average_power_factor']:.2f}", exact=True)
    await expect(shown).to_be_visible()
    await expect(shown).not_to_have_class("badge warn")
