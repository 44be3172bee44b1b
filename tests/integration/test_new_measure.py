"""A measure that is one row and its columns is validated, rolled up, queried and written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def test_new_measure_is_one_row_and_its_columns(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.support.new_measure",
        f"sqlite+aiosqlite:///{tmp_path / 'new.db'}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # 999.9 °C is outside of the row's range and left out; the others are 21.5, 22.5 and 26.5 °C.
    assert found["accepted"] == 4
    assert found["left_out"] == [[2, "temperature_k10"]]
    assert found["mean"] == pytest.approx(23.5)
    assert found["max"] == pytest.approx(26.5)
    assert found["series"] == pytest.approx([22.0, 26.5])
    assert (found["unit"], found["written"]) == ("°C", "23.5 °C")
