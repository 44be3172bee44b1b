"""A file through the browser: looked at, put right, imported, its rejects saved, seen live, taken back."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance

FILE = (
    "time,Sauna [W],Pool pump [kW],memo\n"
    "2026-03-17T19:28:00Z,1500,0.5,7\n"
    "nonsense,1,1,7\n"
    "2026-03-17T19:29:00Z,1500,0.25,7\n"
    "2026-03-17T19:30:00Z,1500,0.25,7\n"
)


@pytest.fixture
async def page(new_page: NewPage, instance: Instance) -> Page:
    made = await new_page(f"{instance.base_url}/#/import")
    file = {"name": "garden.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    await made.set_input_files("#file", file)  # type: ignore[arg-type]
    await expect(
        made.get_by_text("Nothing is stored yet. 4 rows were looked at, 1 would be rejected.")
    ).to_be_visible()
    return made


def names(instance: Instance) -> set[str]:
    return {row["device_name"] for row in httpx.get(f"{instance.base_url}/api/devices/summary/").json()}


async def test_dry_run_shows_how_each_column_is_read_and_stores_nothing(
    page: Page, instance: Instance
) -> None:
    pump = page.get_by_role("row", name="Pool pump")
    await expect(pump).to_contain_text("0.5 · 1 · 0.25")
    await expect(pump).to_contain_text("500 · 1000 · 250")
    assert not {"Sauna", "Pool pump"} & names(instance)
    await page.get_by_label("What Pool pump [kW] holds").select_option("-")
    await expect(page.locator(".chip", has_text="Pool pump")).to_have_count(0)
    await expect(page.locator(".chip", has_text="Sauna")).to_have_count(1)


async def test_import_is_seen_live_its_rejects_saved_and_taken_back(
    page: Page, instance: Instance, tmp_path: Path
) -> None:
    await page.get_by_role("button", name="Import", exact=True).click()
    job = page.locator("[data-import]").first
    await expect(job).to_have_attribute("data-state", "completed")
    await expect(job).to_contain_text("6 accepted · 0 already stored · 0 with other values · 1 rejected")
    async with page.expect_download() as saved:
        await job.get_by_role("button", name="Rejected rows (CSV)").click()
    await (await saved.value).save_as(tmp_path / "rejects.csv")
    assert "nonsense" in (tmp_path / "rejects.csv").read_text()
    await page.get_by_role("link", name="Overview").click()
    card = page.locator(".device", has_text="Sauna")
    await expect(card).to_contain_text("1.5\u202fkW")
    await page.get_by_role("link", name="Import").click()
    await page.locator("[data-import]").first.get_by_role("button", name="Undo").click()
    await page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("The import is taken back.")).to_be_visible()
    await page.get_by_role("link", name="Overview").click()
    await expect(card).to_have_count(0)
    assert not {"Sauna", "Pool pump"} & names(instance)
