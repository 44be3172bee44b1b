import ast
import hashlib
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulator import COLUMNS, Household, Options, household, sample
from simulator.__main__ import main
from simulator.device_models import KINDS
from simulator.rng import Rng
from simulator.timeline import Span, timeline

RANDOM_SEEDS = range(1, 13)


@pytest.fixture(scope="module")
def home() -> Household:
    return sample()


@pytest.fixture(scope="module", params=RANDOM_SEEDS)
def random_home(request: pytest.FixtureRequest) -> Household:
    return household(request.param)


def test_sample_digest_is_the_published_one(home: Household, tmp_path: Path) -> None:
    home.write_csv(tmp_path / "sample.csv")
    digest = hashlib.sha256((tmp_path / "sample.csv").read_bytes()).hexdigest()
    assert digest == "28ced9a02e9cec9c64cff698d6a879f98ba590e2c0484d1dc4665397835511b8"


def test_sample_shape_is_what_a_first_start_needs(home: Household) -> None:
    assert len(home.devices) == 11
    assert 80_000 <= len(home) <= 110_000
    assert home.now == datetime(2026, 3, 17, 19, 30, tzinfo=UTC)
    averages = {device.name: float(device.columns["real_power_watt"].mean()) for device in home.devices}
    values = sorted(averages.values())
    assert all(later > 1.02 * earlier for earlier, later in pairwise(values))


def test_sample_troubles_are_all_there(home: Household) -> None:
    by_name = {device.name: device.columns for device in home.devices}
    silent_s = (np.datetime64("2026-03-17T19:30") - by_name["Dehumidifier"]["timestamp"][-1]).astype(int)
    assert 2 * 86400 <= silent_s < 2 * 86400 + 60
    longest_gap_s = np.diff(by_name["Heat pump"]["timestamp"]).max().astype(int)
    assert 4.4 * 3600 <= longest_gap_s <= 4.6 * 3600
    sagging = by_name["Fridge"]["voltage"] < 207
    assert 2 <= sagging.sum() <= 4


def test_readings_of_random_households_are_physically_consistent(random_home: Household) -> None:
    columns = random_home.columns()
    watts, apparent_kva = columns["real_power_watt"], columns["apparent_power"]
    assert np.all(watts >= 0)
    assert np.all(columns["real_power"] <= apparent_kva)
    np.testing.assert_allclose(columns["real_power"] * 1000, watts, atol=1e-6)
    np.testing.assert_allclose(columns["voltage"] * columns["current"] / 1000, apparent_kva, atol=1e-6)
    np.testing.assert_allclose(
        np.hypot(columns["real_power"], columns["reactive_power"]), apparent_kva, atol=2e-6
    )
    drawing = apparent_kva > 0
    np.testing.assert_allclose(
        columns["power_factor"][drawing], columns["real_power"][drawing] / apparent_kva[drawing], atol=1e-4
    )
    assert np.all(np.abs(columns["power_factor"]) <= 1)


def test_columns_of_random_households_are_ordered_and_unique(random_home: Household) -> None:
    columns = random_home.columns()
    assert tuple(columns) == COLUMNS
    keys = list(zip(columns["timestamp"].tolist(), columns["cluster"].tolist(), strict=True))
    assert keys == sorted(set(keys))
    names = [device.name.lower() for device in random_home.devices]
    assert len(set(names)) == len(names)


def test_same_seed_twice_gives_same_readings_and_another_seed_others() -> None:
    first, second, other = household(5), household(5), household(6)
    assert list(first.csv_blocks()) == list(second.csv_blocks())
    assert list(first.csv_blocks()) != list(other.csv_blocks())


def test_options_of_a_preset_are_followed() -> None:
    options = Options(
        "flat", days=2, period_s=300, start=datetime(2026, 1, 1, tzinfo=UTC), timezone="Asia/Tokyo"
    )
    home = household(3, options)
    assert home.timezone == "Asia/Tokyo"
    # Five devices with a reading every five minutes, both ends included; one has a gap of 4.5 hours.
    assert len(home) == 5 * (2 * 288 + 1) - 54
    assert home.columns()["timestamp"][0] == np.datetime64("2026-01-01T00:00:00")
    assert home.now == datetime(2026, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize("options", [Options("castle"), Options(days=-1.0), Options(timezone="Mars/Olympus")])
def test_impossible_options_are_refused(options: Options) -> None:
    with pytest.raises((ValueError, KeyError)):
        household(1, options)


def test_timeline_of_lights_follows_local_evening() -> None:
    zone = ZoneInfo("Asia/Tokyo")
    start_s = datetime(2026, 3, 2, tzinfo=zone).timestamp()
    course = timeline(KINDS["lights"], 1.0, Span(start_s, start_s + 5 * 86400, zone), Rng(1))
    evening = np.array([start_s + day * 86400 + 20 * 3600 for day in range(5)])
    night = evening + 7 * 3600
    assert list(course.at(evening)[1]) == ["on"] * 5
    assert list(course.at(night)[1]) == ["off"] * 5


def test_days_of_a_clock_change_have_23_hours() -> None:
    zone = ZoneInfo("Europe/Madrid")
    start_s = datetime(2026, 3, 29, 12, tzinfo=zone).timestamp()
    midnights = [midnight_s for _, midnight_s in Span(start_s, start_s + 86400, zone).days()]
    assert [b - a for a, b in pairwise(midnights)] == [86400, 23 * 3600]


def test_dice_noise_has_unit_spread() -> None:
    noise = Rng(11).noise(200_000)
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01


def test_command_line_writes_csv_and_reports_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "home.csv"
    assert main(["--preset", "flat", "--days", "0.5", "--no-names", "--out", str(out)]) == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS[:-1])
    assert all(line.count(",") == len(COLUMNS) - 2 for line in lines)
    assert main(["--preset", "castle"]) == 2
    assert "castle" in capsys.readouterr().err


def test_simulator_imports_nothing_of_the_project_and_reads_no_clock() -> None:
    folder = Path(sys.modules["simulator"].__file__ or "").parent
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        roots = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                roots |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots.add((node.module or "").split(".")[0])
        assert roots <= {"simulator", "numpy"} | sys.stdlib_module_names, path
        assert ".now(" not in text
        assert ".today(" not in text


def test_module_run_prints_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "--sample" in done.stdout
