"""A device: its plots, zoom, names that try to be markup, files."""

import csv
import io
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance

HEAT_PUMP, TV = 2, 6


@pytest.fixture
async def page(new_page: NewPage, instance: Instance) -> Page:
    made = await new_page(f"{instance.base_url}/#/device/{HEAT_PUMP}?span=7d")
    await made.wait_for_selector("#history-plot canvas")
    return made


async def columns(page: Page) -> list[list[float | None]]:
    found: list[list[float | None]] = await page.evaluate(
        "() => document.querySelector('#history-plot').plot.data.map((one) => [...one])"
    )
    return found


async def test_gap_is_a_break_in_the_line_and_in_the_list(page: Page) -> None:
    times, _, _, means = await columns(page)
    breaks = [time for time, mean in zip(times, means, strict=True) if mean is None]
    # The sample has no readings of the heat pump on 12 March from 02:01 to 06:31.
    assert len(breaks) == 1
    assert 1773277200 <= (breaks[0] or 0) <= 1773297000
    gap = page.get_by_role("row", name="gap")
    await expect(gap).to_contain_text("12 Mar 2026, 02:01")
    await expect(gap).to_contain_text("4 hrs 31 mins")


async def test_sag_and_states_of_the_span_are_shown(page: Page) -> None:
    # The sample's supply falls to 192 V on 16 March: below 90 % of 230 V.
    sag = page.get_by_role("row", name="sag")
    await expect(sag).to_contain_text("16 Mar 2026, 01:12")
    await expect(sag).to_contain_text("192\u202fV")
    await expect(page.locator(".timeline span").first).to_be_visible()
    states = page.get_by_role("region", name="States").locator(".legend li")
    assert set(await states.all_inner_texts()) == {"heating", "standby"}


async def test_groups_are_set_kept_and_filter_the_overview(page: Page, instance: Instance) -> None:
    try:
        await page.get_by_role("button", name="Groups").click()
        await page.get_by_role("textbox").fill("Basement, Heating")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".head .badge", has_text="Basement")).to_be_visible()
        await page.get_by_role("button", name="Groups").click()
        await expect(page.get_by_role("textbox")).to_have_value("Basement, Heating")
        await page.get_by_role("button", name="Cancel").click()
        await page.goto(f"{instance.base_url}/#/")
        await page.get_by_label("Group").select_option("Heating")
        await expect(page.locator(".device")).to_have_count(1)
    finally:
        httpx.patch(f"{instance.base_url}/api/devices/{HEAT_PUMP}", json={"groups": []})


async def test_axes_carry_labels(page: Page) -> None:
    """The labels are drawn on a canvas: what uPlot is told to draw is looked at."""
    labels = await page.evaluate(
        "() => { const plot = document.querySelector('#history-plot').plot;"
        " return plot.axes.map((axis) => axis._values.filter((one) => one !== null)); }"
    )
    assert "Thu 12 Mar" in labels[0]
    assert "2\u202fkW" in labels[1]


async def test_band_holds_every_peak(page: Page, instance: Instance) -> None:
    _, highs, lows, means = await columns(page)
    query = {"start": "2026-03-10T19:30:00Z", "end": "2026-03-17T19:30:00Z", "bucket": "5m"}
    fine = httpx.get(f"{instance.base_url}/api/devices/{HEAT_PUMP}/series", params=query).json()["points"]
    assert max(value for value in highs if value is not None) == max(point["max"] for point in fine)
    assert all(
        low <= mean <= high
        for low, mean, high in zip(lows, means, highs, strict=True)
        if low is not None and mean is not None and high is not None
    )


async def test_brush_keys_and_reset_change_the_span(page: Page) -> None:
    box = await page.locator("#history-plot .u-over").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=5)
    await page.mouse.up()
    await page.wait_for_url(lambda url: "from=" in url)
    start, end = await span_of(page)
    assert end - start == pytest.approx(7 * 86_400 / 4, rel=0.05)
    await page.locator("#history-plot").focus()
    await page.keyboard.press("+")
    await page.wait_for_timeout(300)
    closer_start, closer_end = await span_of(page)
    assert closer_end - closer_start == pytest.approx((end - start) / 2, rel=0.05)
    await page.keyboard.press("ArrowLeft")
    await page.wait_for_timeout(300)
    assert (await span_of(page))[0] < closer_start
    await page.keyboard.press("0")
    await expect(page.get_by_role("button", name="24 h")).to_have_attribute("aria-pressed", "true")


async def span_of(page: Page) -> tuple[float, float]:
    text = await page.evaluate("location.hash")
    found = dict(part.split("=") for part in text.split("?")[1].split("&"))
    return int(found["from"]) / 1000, int(found["to"]) / 1000


async def test_span_is_compared_with_the_one_a_week_before(
    new_page: NewPage, instance: Instance, tmp_path: Path
) -> None:
    page = await new_page(f"{instance.base_url}/#/device/{HEAT_PUMP}?span=24h")
    await page.get_by_label("Compare with").select_option("week")
    await expect(page.locator("[data-part=compared]")).to_have_text(
        "Mon, 9 Mar 2026, 19:30 – Tue, 10 Mar 2026, 19:30"
    )
    query = {"start": "2026-03-09T19:30:00Z", "end": "2026-03-10T19:30:00Z", "cluster": HEAT_PUMP}
    periods = httpx.get(f"{instance.base_url}/api/energy", params=query).json()["periods"]
    energy = sum(period["energy_kwh"] for period in periods)
    row = page.get_by_role("row", name="Energy")
    await expect(row.get_by_role("cell").nth(1)).to_have_text(f"{energy:.1f}\u202fkWh")
    assert len([one for one in (await columns(page))[4] if one is not None]) > 200
    saved = await download(page, "Points as CSV", tmp_path)
    rows = list(csv.DictReader(io.StringIO(saved.read_text())))
    week = {row["start"]: row["compared_start"] for row in rows if row["start"] and row["compared_start"]}
    assert week["2026-03-17T12:00:00Z"] == "2026-03-10T12:00:00Z"


@pytest.mark.parametrize(
    ("quantity", "unit"), [("Voltage", "V"), ("Current", "A"), ("THD", "%"), ("Frequency", "Hz")]
)
async def test_other_quantities_are_drawn(page: Page, quantity: str, unit: str) -> None:
    await page.get_by_role("button", name=quantity, exact=True).click()
    await expect(page.get_by_role("heading", name=quantity, exact=True)).to_be_visible()
    await expect(page.locator(".facts").first).to_contain_text(f"\u202f{unit}")


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "Café & Söhne", "a" * 200])
async def test_device_is_renamed_and_its_name_stays_text(
    new_page: NewPage, instance: Instance, name: str
) -> None:
    page = await new_page(f"{instance.base_url}/#/device/{TV}")
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    try:
        await page.get_by_role("button", name="Rename").first.click()
        await page.get_by_role("textbox", name="Name").fill(name)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        await page.goto(f"{instance.base_url}/#/")
        await expect(page.locator(f".device[data-cluster='{TV}'] h3")).to_have_text(name)
        await expect(page.locator(".legend")).to_contain_text(name)  # the plot comes after the cards
        assert await page.locator("main img").count() == 0
        too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(too_wide)
    finally:
        httpx.patch(f"{instance.base_url}/api/devices/{TV}", json={"device_name": None})


async def download(page: Page, button: str, folder: Path) -> Path:
    """Press a button that saves a file; the file, under the name that the page gave it."""
    async with page.expect_download() as saved:
        await page.get_by_role("button", name=button).click()
    made = await saved.value
    path = folder / made.suggested_filename
    await made.save_as(path)
    return path


async def test_what_is_shown_is_saved_as_csv_and_as_a_picture(page: Page, tmp_path: Path) -> None:
    points = await download(page, "Points as CSV", tmp_path)
    rows = list(csv.DictReader(io.StringIO(points.read_text())))
    means = [mean for mean in (await columns(page))[3] if mean is not None]
    assert [float(row["power_W_mean"]) for row in rows] == pytest.approx(means)
    picture = await download(page, "Picture (PNG)", tmp_path)
    assert picture.name == "Heat-pump-power.png"
    assert picture.read_bytes().startswith(b"\x89PNG")


async def test_device_that_is_not_there_says_so(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/device/999")
    await expect(page.get_by_text("There is no device 999")).to_be_visible()
