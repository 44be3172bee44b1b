"""What an export writes for texts that others chose."""

import csv
import io

import pytest

from api_service.services.export_service import SCHEMA, _csv_rows, _table

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"]


@pytest.mark.parametrize("text", [*FORMULAS, "Oven", "a=b", "", "'quoted'", 'say "x", y', "two\nlines"])
def test_text_that_a_spreadsheet_would_run_is_kept_text(text: str) -> None:
    numbers = [None] * (len(SCHEMA) - 4)
    written = _csv_rows(
        _table([(1_772_323_200_000_000, 7, *numbers, text), (1_772_323_201_000_000, 7, *numbers, None)], text)
    )
    first, second = csv.reader(io.StringIO(written.decode(), newline=""))
    expected = f"'{text}" if text in FORMULAS else text
    assert (first[2], first[-1]) == (expected, expected)
    assert (second[2], second[-1]) == (expected, "")
