"""Rows of JSON and NDJSON."""

import math
from typing import Any

import pytest

from api_service.ingest.json_rows import decode_array, decode_lines, read_objects
from shared.errors import InvalidInput

GOOD: dict[str, Any] = {"timestamp": "2026-03-09T14:30:00Z", "cluster": 3, "real_power_watt": 842.5}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"[{]", "not JSON"),
        (b'{"timestamp": 1}', "must be a JSON array"),
        (b"[" * 100_000, "nested too deep"),
        (b"[" + b"1" * 5000 + b"]", "too many digits"),
        (b'["\xff"]', "not valid UTF-8"),
        (b"null", "must be a JSON array"),
    ],
)
def test_decode_array_of_anything_else_raises_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode_array(body)


def test_decode_lines_keeps_the_place_of_a_broken_line_and_skips_blank_ones() -> None:
    rows, rejects = read_objects(
        decode_lines(b'{"cluster": 1}\n\n{"clus\r\n{"cluster": 2}\n' + b"[" * 50_000)
    )
    assert rows.row.tolist() == [0, 2]
    assert [(reject.row, reject.field, reject.reason.split(":")[0]) for reject in rejects] == [
        (1, None, "not JSON"),
        (3, None, "not JSON"),
    ]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (7, None, "not an object"),
        (None, None, "not an object"),
        (GOOD | {"colour": 1}, "colour", "unknown field"),
        (GOOD | {"id": 1}, "id", "given by the database; leave it out"),
        (GOOD | {"thd": "5"}, "thd", "not a number"),
        (GOOD | {"thd": True}, "thd", "not a number"),
        (GOOD | {"thd": [5]}, "thd", "not a number"),
        (GOOD | {"cluster": "3"}, "cluster", "not a number"),
        (GOOD | {"device_state": 1}, "device_state", "not a text"),
        (GOOD | {"timestamp": 1773066600}, "timestamp", "RFC 3339"),
        (GOOD | {"timestamp": "2026-03-09T14:30:00"}, "timestamp", "RFC 3339"),
        (GOOD | {"timestamp": "2026-02-29T14:30:00Z"}, "timestamp", "RFC 3339"),
    ],
)
def test_read_objects_with_a_bad_row_rejects_it_alone(row: Any, field: str | None, reason: str) -> None:
    rows, rejects = read_objects([GOOD, row, GOOD])
    assert rows.row.tolist() == [0, 2]
    assert [(reject.row, reject.field) for reject in rejects] == [(1, field)]
    assert reason in rejects[0].reason


def test_read_objects_numbers_that_are_not_finite_stay_apart_from_missing_ones() -> None:
    (rows, _) = read_objects([GOOD | {"thd": value} for value in (None, math.nan, -math.inf, 10**400, 5)])
    assert [str(value) for value in rows.values["thd"]] == ["nan", "inf", "inf", "inf", "5.0"]


def test_read_objects_blank_texts_are_missing() -> None:
    (rows, _) = read_objects([GOOD | {"device_state": " ", "device_name": " Oven "}])
    assert (rows.device_state[0], rows.device_name[0]) == (None, "Oven")
