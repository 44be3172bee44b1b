"""Rows of JSON and NDJSON."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.ingest.json_rows import decode_array, decode_lines, read_objects
from shared.errors import InvalidInput

GOOD: dict[str, Any] = {"timestamp": "2026-03-09T14:30:00Z", "cluster": 3, "real_power_watt": 842.5}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


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
        (b"[1,]", "not JSON"),
        (b"[1 2]", "not JSON"),
        (b"[1", "not JSON"),
        (b"[1] 2", "not JSON: Extra data"),
        (b"[,]", "not JSON"),
    ],
)
def test_decode_array_of_anything_else_raises_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        list(decode_array(body))


def test_decode_array_reads_what_the_quick_parser_refuses() -> None:
    (cut,) = decode_array(b'["\\ud800"]')
    assert cut == "\ud800"
    assert list(decode_array(b"\xef\xbb\xbf[1]")) == [1]
    (number,) = decode_array(b"[NaN]")
    assert math.isnan(number)


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


@given(st.lists(JSON, max_size=5), st.sampled_from([None, 2]))
def test_decode_array_of_any_rows_gives_what_json_gives(rows: list[Any], indent: int | None) -> None:
    body = json.dumps(rows, indent=indent).encode()
    assert list(decode_array(body)) == json.loads(body)


@given(st.text(alphabet='[]{},:"1 null\n', max_size=12))
def test_decode_array_of_any_text_agrees_with_json_on_what_is_an_array(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    try:
        found = list(decode_array(text.encode()))
    except InvalidInput:
        found = None
    assert found == (expected if isinstance(expected, list) else None)
