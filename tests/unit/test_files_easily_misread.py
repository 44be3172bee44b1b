"""Files that look like another form than theirs: what must not be stored, by numbers worked out by hand."""

import pytest

from api_service.ingest.recognition.options import ReadOptions, parse_map
from tests.support.file_reading import read_file

M = ReadOptions(device="M")
KWH = ReadOptions(mapping=parse_map(["value=energy[kWh]"]))
TEN = range(10)


def rows(row: str, count: int = 10) -> str:
    """Lines that hold {i} and {i:02} for their number and {w} for 100 more."""
    return "".join(row.format(i=i, w=100 + i) + "\n" for i in range(count))


def test_a_first_reading_of_one_is_no_row_of_units() -> None:
    found = read_file("Time,Power (W)\n2025-03-03 10:00,1\n2025-03-03 10:01,2\n2025-03-03 10:02,3\n", M)
    assert found.values["M"]["real_power_watt"] == [1, 2, 3]
    mixed = read_file("Time,Power,PF\n,kW,1\n2025-03-03 10:00,1,0.9\n2025-03-03 10:01,2,0.8\n", M)
    assert mixed.values["M"]["real_power_watt"] == [1000, 2000]


HALF_HOURS = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 30)]
HALVES = ",".join(["0.5"] * 48)


def test_a_total_beside_times_is_no_part_of_their_values() -> None:
    found = read_file(f"MPAN,Date,{','.join(HALF_HOURS)},Total kWh\n7,14/03/2025,{HALVES},24\n", KWH)
    assert found.values["7"]["real_power_watt"] == [1000] * 48


def test_rows_of_another_width_beside_times_are_filled_up_or_rejected() -> None:
    text = f"MPAN,Date,{','.join(HALF_HOURS)}\n7,14/03/2025,{HALVES}\n7,15/03/2025,{HALVES},9\n"
    found = read_file(text + f"7,16/03/2025,{','.join(['0.5'] * 46)}\n", KWH)
    assert len(found.moments["7"]) == 48 + 46
    assert len(found.rejects) == 1 + 2


@pytest.mark.parametrize("last", ["24:00", "00:00"])
def test_times_that_end_at_midnight_name_the_ends(last: str) -> None:
    found = read_file(f"MPAN,Date,{','.join([*HALF_HOURS[1:], last])}\n7,14/03/2025,{HALVES}\n", KWH)
    assert (found.moments["7"][0], found.moments["7"][-1]) == ("2025-03-14T00:00:00", "2025-03-14T23:30:00")
    assert found.values["7"]["real_power_watt"] == [1000] * 48


def test_a_reading_with_several_moments_is_no_header_of_times() -> None:
    line = "M,2025-03-03 10:{i:02},2025-03-03 10:{i:02},2025-03-03 10:{i:02},{w}"
    found = read_file("device,timestamp,created,stored,power [W]\n" + rows(line))
    assert found.values["M"]["real_power_watt"] == [100 + i for i in TEN]
