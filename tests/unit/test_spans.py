"""Spans and gaps of devices; expected numbers by hand."""

import numpy as np

from api_service.ingest.time.ranges import SECOND_US, DeviceSpan, add_spans


def add(spans: dict[int, DeviceSpan], cluster: int, *seconds: int) -> None:
    times = np.array(seconds, dtype=np.int64) * SECOND_US
    add_spans(spans, times, np.full(len(times), cluster))


def test_spans_of_a_device_with_a_gap_count_it_once_with_its_length() -> None:
    spans: dict[int, DeviceSpan] = {}
    # every 10 s, so a gap is longer than 100 s: 30 -> 231 is one, 231 -> 331 is not
    add(spans, 3, 0, 10, 20, 30, 231, 331, 341)
    assert spans[3] == DeviceSpan(7, 0, 341_000_000, 10_000_000.0, 1, 201_000_000, 201_000_000, 30_000_000)


def test_spans_with_a_gap_between_two_blocks_count_it() -> None:
    spans: dict[int, DeviceSpan] = {}
    add(spans, 3, 0, 10, 20)
    add(spans, 3, 320, 330)
    assert (spans[3].gaps, spans[3].longest_gap_us, spans[3].longest_gap_from_us) == (
        1,
        300_000_000,
        20_000_000,
    )


def test_spans_of_a_fast_device_take_gaps_from_a_minute_on() -> None:
    spans: dict[int, DeviceSpan] = {}
    add(spans, 3, 0, 1, 2, 3, 63, 64, 125)
    assert (spans[3].gaps, spans[3].gap_us) == (1, 61_000_000)


def test_spans_of_two_devices_and_out_of_order_blocks_stay_apart() -> None:
    spans: dict[int, DeviceSpan] = {}
    add_spans(spans, np.array([60, 0, 0, 60]) * SECOND_US, np.array([1, 2, 1, 2]))
    add(spans, 1, -600, -540)
    assert (spans[1].readings, spans[1].first_us, spans[1].last_us) == (4, -600_000_000, 60_000_000)
    assert (spans[2].readings, spans[2].gaps) == (2, 0)


def test_spans_of_one_reading_have_no_period() -> None:
    spans: dict[int, DeviceSpan] = {}
    add(spans, 3, 5)
    assert spans[3] == DeviceSpan(1, 5_000_000, 5_000_000)
