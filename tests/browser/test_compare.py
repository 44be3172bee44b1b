"""One span beside another: of a device, and of the whole site."""

import re

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance

HEAT_PUMP = 2
COLUMNS = "(id) => document.querySelector(id).plot.data.map((column) => [...column])"


async def columns(page: Page, selector: str) -> list[list[float | None]]:
    """What a plot draws: times in seconds, then each line."""
    await page.locator(f"{selector} canvas").first.wait_for()
    found: list[list[float | None]] = await page.evaluate(COLUMNS, selector)
    return found


async def test_compared_points_lie_in_the_rows_of_the_span_that_they_are_moved_onto(
    new_page: NewPage, instance: Instance
) -> None:
    # 24 h and 7 s up to 17 March 2026, 12:00:07: no multiple of the buckets, which are five minutes.
    span = "from=1773662400000&to=1773748807000"
    page = await new_page(f"{instance.base_url}/#/device/{HEAT_PUMP}?{span}&vs=before")
    await expect(page.get_by_role("row", name="Energy")).to_be_visible()
    times, *_, own, other = await columns(page, "#history-plot")
    starts = {round(time or 0) % 300 for time in times}
    assert len(starts) == 1
    assert len([row for row in zip(own, other, strict=True) if None not in row]) > 200


async def test_device_opens_with_a_comparison_that_nobody_knows(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(f"{instance.base_url}/#/device/{HEAT_PUMP}?vs=constructor")
    await columns(page, "#history-plot")
    await expect(page.get_by_label("Compare with")).to_have_value("")


async def test_figures_of_one_comparison_are_not_shown_under_the_next(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(f"{instance.base_url}/#/device/{HEAT_PUMP}?vs=day")
    await expect(page.get_by_role("row", name="Energy")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    # The same span a week before begins on 9 March.
    await page.route(re.compile("(series|energy).*start=2026-03-09"), hold)
    await page.get_by_label("Compare with").select_option("week")
    await expect(page.locator("[data-part=compared]")).to_contain_text("9 Mar 2026")
    await expect(page.locator("table.comparison")).to_have_count(0)
    assert len(await columns(page, "#history-plot")) == 4
    for _ in range(2):  # the series first, then its energy
        while not held:
            await page.wait_for_timeout(50)
        assert await page.locator("tbody > :not(tr)").count() == 0
        await held.pop().continue_()
        await page.locator("table.comparison").wait_for()
    await expect(page.get_by_role("row", name="Energy").get_by_role("cell").nth(1)).to_contain_text("kWh")


@pytest.mark.parametrize(("name", "day"), [("day", 16), ("week", 10)])
async def test_site_today_is_compared_with_another_day(
    page: Page, instance: Instance, name: str, day: int
) -> None:
    await page.get_by_label("Compare with").select_option(name)
    with httpx.Client(base_url=instance.base_url, timeout=30) as http:
        now = http.get("/api/site/").json()["now"]
        used = {}
        for date, end in (
            (17, now),
            (day, now.replace("-17T", f"-{day}T")),
            (0, f"2026-03-{day + 1}T00:00:00Z"),
        ):
            start = f"2026-03-{date or day}T00:00:00Z"
            rows = http.get("/api/energy", params={"start": start, "end": end}).json()["periods"]
            used[date] = sum(row["energy_kwh"] for row in rows)
    text = page.locator("[data-part=compared]")
    await expect(text).to_contain_text(f"used {used[17]:.1f}\u202fkWh so far; on")
    await expect(text).to_contain_text(f"{day} Mar 2026 by the same time {used[day]:.1f}\u202fkWh")
    change = used[17] / used[day] - 1
    await expect(text).to_contain_text(f"{change:+.0%}")
    # The line over the areas is the whole other day: four means of power an hour add up to its energy.
    *_, line = await columns(page, "[aria-labelledby=day-title] .plot")
    assert len(line) == 96
    assert sum(value or 0 for value in line) / 4000 == pytest.approx(used[0], rel=0.02)
