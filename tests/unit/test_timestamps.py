"""Timestamps as written, and local time around clock changes; expected numbers by `date -u +%s`."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api_service.ingest.time.localise import Before, Localised, localise
from api_service.ingest.time.timestamps import (
    Stamp,
    StampKind,
    epoch_to_us,
    is_rfc3339,
    parse_timestamp,
)

MADRID = ZoneInfo("Europe/Madrid")
# 2026-03-09 14:30:00 UTC
MOMENT_US = 1_773_066_600_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-09T14:30:00Z", Stamp(MOMENT_US, StampKind.ZONED)),
        ("2026-03-09t14:30:00z", Stamp(MOMENT_US, StampKind.ZONED)),
        ("2026-03-09 15:30:00+01:00", Stamp(MOMENT_US, StampKind.ZONED)),
        ("2026-03-09 09:00:00 -0530", Stamp(MOMENT_US, StampKind.ZONED)),
        ("2026-03-09T14:30:00.000001Z", Stamp(MOMENT_US + 1, StampKind.ZONED)),
        ("2026-03-09T14:30:00.1234567Z", Stamp(MOMENT_US + 123_456, StampKind.ZONED)),
        ("2026-03-09 14:30:00,5", Stamp(MOMENT_US + 500_000, StampKind.NAIVE)),
        ("2026-03-09 14:30", Stamp(MOMENT_US, StampKind.NAIVE)),
        ("2026-03-09", Stamp(MOMENT_US - 52_200_000_000, StampKind.NAIVE)),
        ("1773066600", Stamp(MOMENT_US, StampKind.EPOCH)),
        ("1773066600.25", Stamp(MOMENT_US + 250_000, StampKind.EPOCH)),
        ("1773066600000", Stamp(MOMENT_US, StampKind.EPOCH)),
        ("1773066600000000", Stamp(MOMENT_US, StampKind.EPOCH)),
    ],
)
def test_parse_timestamp_of_each_tolerated_form_gives_the_moment(text: str, expected: Stamp) -> None:
    assert parse_timestamp(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-02-29T00:00:00Z", "2026-13-01", "2026-03-09T24:00:00Z", "2026-03-09T14:30:60Z",
        "09/03/2026 14:30", "2026-3-9 14:30:00", "2026-03-09T14:30:00+25:00", "2026-03-09T14:30:00+01:75",
        "2026-03-09T14:30:00Z extra", "-1773066600", "2026-03-09T14:30:00.Z", "1e9", "٢٠٢٦-٠٣-٠٩",
    ],
)  # fmt: skip
def test_parse_timestamp_of_anything_else_gives_none(text: str) -> None:
    assert parse_timestamp(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-09T14:30:00Z", True),
        ("2026-03-09T14:30:00.5+01:00", True),
        ("2026-03-09T14:30:00", False),
        ("2026-03-09T14:30Z", False),
        ("1773066600", False),
    ],
)
def test_is_rfc3339_asks_for_seconds_and_a_zone(text: str, expected: bool) -> None:
    assert is_rfc3339(text) is expected


def test_epoch_numbers_of_every_unit_become_microseconds() -> None:
    numbers = np.array([1_773_066_600, 1_773_066_600_000, 1_773_066_600_000_000])
    assert epoch_to_us(numbers).tolist() == [MOMENT_US] * 3


def local_us(*texts: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array([int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * 1_000_000 for text in texts])


def moments(found: Localised) -> list[str]:
    return [str(np.datetime64(int(moment), "us").astype("datetime64[s]")) for moment in found.utc_us]


def test_local_times_in_summer_and_winter_get_their_own_offset() -> None:
    # Madrid is UTC+1 in winter and UTC+2 in summer.
    found = localise(
        local_us("2026-01-10 12:00:00", "2026-07-10 12:00:00"), np.array([1, 1]), MADRID, Before()
    )
    assert moments(found) == ["2026-01-10T11:00:00", "2026-07-10T10:00:00"]
    assert not found.ambiguous.any()
    assert not found.nonexistent.any()


def test_local_times_when_the_clock_goes_forward_are_marked_nonexistent() -> None:
    # On 2026-03-29 02:00 becomes 03:00.
    times = local_us("2026-03-29 01:59:59", "2026-03-29 02:30:00", "2026-03-29 03:00:00")
    found = localise(times, np.array([1, 1, 1]), MADRID, Before())
    assert found.nonexistent.tolist() == [False, True, False]
    assert [moments(found)[0], moments(found)[2]] == ["2026-03-29T00:59:59", "2026-03-29T01:00:00"]


def test_local_times_of_a_repeated_hour_follow_the_order_of_each_device() -> None:
    # On 2026-10-25 03:00 becomes 02:00: 02:30 is 00:30 UTC and then 01:30 UTC.
    texts = ["01:30:00", "02:00:00", "02:30:00", "02:00:00", "02:30:00", "03:00:00"]
    times = local_us(*(f"2026-10-25 {text}" for text in texts for _ in range(2)))
    clusters = np.tile([4, 9], len(texts))
    found = localise(times, clusters, MADRID, Before())
    hours = ["23:30:00", "00:00:00", "00:30:00", "01:00:00", "01:30:00", "02:00:00"]
    expected = [f"2026-10-2{4 if hour.startswith('23') else 5}T{hour}" for hour in hours]
    assert moments(found)[0::2] == expected
    assert moments(found)[1::2] == expected
    assert found.ambiguous.sum() == 8


def test_local_times_of_a_repeated_hour_cut_by_a_block_go_on_from_the_last_row() -> None:
    first = localise(local_us("2026-10-25 02:30:00"), np.array([4]), MADRID, Before())
    second = localise(
        local_us("2026-10-25 02:00:00", "2026-10-25 02:30:00"), np.array([4, 4]), MADRID, Before(first.last)
    )
    assert moments(second) == ["2026-10-25T01:00:00", "2026-10-25T01:30:00"]
    alone = localise(local_us("2026-10-25 02:00:00"), np.array([5]), MADRID, Before(first.last))
    assert moments(alone) == ["2026-10-25T00:00:00"]


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        # newest first: 03:30 … 01:00 local
        (
            ["03:30", "03:00", "02:30", "02:00", "02:30", "02:00", "01:30", "01:00"],
            ["02:30", "02:00", "01:30", "01:00", "00:30", "00:00", "23:30", "23:00"],
        ),
        # one late packet, then one repeated row: both stay in their hour
        (
            ["01:50", "02:00", "02:10", "02:05", "02:20", "03:00"],
            ["23:50", "00:00", "00:10", "00:05", "00:20", "02:00"],
        ),
        (
            ["01:50", "02:00", "02:10", "02:10", "02:20", "03:00"],
            ["23:50", "00:00", "00:10", "00:10", "00:20", "02:00"],
        ),
        # an hourly meter shows the same time twice, which is no repeated row
        (["00:00", "01:00", "02:00", "02:00", "03:00"], ["22:00", "23:00", "00:00", "01:00", "02:00"]),
    ],
)
def test_local_times_of_a_repeated_hour_in_the_order_that_files_have(
    local: list[str], utc: list[str]
) -> None:
    times = local_us(*(f"2026-10-25 {text}:00" for text in local))
    found = localise(times, np.full(len(times), 3), MADRID, Before())
    assert [moment[11:16] for moment in moments(found)] == utc


def test_local_times_that_begin_in_the_second_hour_go_on_from_what_is_stored() -> None:
    times = local_us("2026-10-25 02:00:00", "2026-10-25 02:30:00", "2026-10-25 03:00:00")
    stored_us = int(local_us("2026-10-25 00:30:00")[0])  # 02:30 local, the first time
    found = localise(times, np.full(3, 7), MADRID, Before({}, {7: stored_us}))
    assert moments(found) == [f"2026-10-25T{hour}:00" for hour in ("01:00", "01:30", "02:00")]
    # Imported again, when what is stored reaches beyond the hour: the file begins it.
    again = localise(times[:1], np.full(1, 7), MADRID, Before({}, {7: stored_us + 3 * 3_600_000_000}))
    assert moments(again) == ["2026-10-25T00:00:00"]


@pytest.mark.parametrize(
    "zone", ["America/Havana", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"]
)
def test_local_times_of_every_hour_of_a_year_agree_with_zoneinfo(zone: str) -> None:
    info = ZoneInfo(zone)
    times = np.arange(local_us("2018-01-01")[0], local_us("2019-01-02")[0], 1_800_000_000)
    found = localise(times, np.arange(len(times)), info, Before())
    for index, moment in enumerate(times.tolist()):
        naive = datetime.fromisoformat(str(np.datetime64(moment, "us").astype("datetime64[s]")))
        first, second = (naive.replace(tzinfo=info, fold=fold).utcoffset() for fold in (0, 1))
        assert first is not None
        assert second is not None
        assert found.utc_us[index] == moment - int(first.total_seconds()) * 1_000_000
        assert found.ambiguous[index] == (first > second)
        assert found.nonexistent[index] == (first < second)
