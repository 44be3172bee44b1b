"""Binary COPY: the bytes of small tables, written out by hand after PostgreSQL's manual."""

import struct

import numpy as np
import pytest
from sqlalchemy import BigInteger, Boolean, Double, Integer, Text

from api_service.models import UtcDateTime
from api_service.repositories.binary_copy import HEADER, TRAILER, decode_readings, encode_rows


def test_row_of_each_type_is_encoded_as_the_manual_says() -> None:
    columns = [
        (UtcDateTime(), np.array([946_684_800_000_001])),  # one microsecond after the start of 2000
        (Integer(), np.array([7])),
        (BigInteger(), np.array([1 << 40])),
        (Double(), np.array([230.5])),
        (Text(), ["on"]),
    ]
    expected = struct.pack(">h iq ii iq id i2s", 5, 8, 1, 4, 7, 8, 1 << 40, 8, 230.5, 2, b"on")
    assert encode_rows(columns) == expected


def test_nulls_and_texts_of_different_lengths_leave_no_bytes() -> None:
    columns = [
        (Double(), np.array([np.nan, 1.5])),
        (Text(), ["größer", None]),
        (UtcDateTime(), [None, 946_684_800_000_000]),
    ]
    text = "größer".encode()
    first = struct.pack(">h i i", 3, -1, len(text)) + text + struct.pack(">i", -1)
    second = struct.pack(">h id i iq", 3, 8, 1.5, -1, 8, 0)
    assert encode_rows(columns) == first + second


def test_column_of_nulls_only_is_encoded() -> None:
    columns = [(Double(), np.full(2, np.nan)), (Text(), [None, None]), (Integer(), np.array([1, 2]))]
    assert encode_rows(columns) == b"".join(struct.pack(">h i i ii", 3, -1, -1, 4, n) for n in (1, 2))


@pytest.mark.parametrize("number", [1 << 31, -(1 << 31) - 1])
def test_number_beyond_32_bits_is_refused_instead_of_wrapped(number: int) -> None:
    with pytest.raises(OverflowError, match="32 bits"):
        encode_rows([(Integer(), np.array([number]))])
    assert encode_rows([(Integer(), np.array([-(1 << 31)]))]) == struct.pack(">h ii", 1, 4, -(1 << 31))


def test_type_without_binary_form_is_refused() -> None:
    with pytest.raises(TypeError, match="Boolean"):
        encode_rows([(Boolean(), np.array([True]))])


def test_readings_come_back_as_they_were_written() -> None:
    first = struct.pack(">h iq ii id i", 4, 8, 1_000_000, 4, 7, 8, 230.5, 2) + b"on"
    second = struct.pack(">h iq ii id i", 4, 8, -1, 4, 8, 8, float("nan"), -1)
    block = decode_readings(HEADER + first + second + TRAILER, ["voltage"])
    assert block.timestamp_us.tolist() == [946_684_801_000_000, 946_684_799_999_999]
    assert block.cluster.tolist() == [7, 8]
    assert block.values["voltage"][0] == 230.5
    assert np.isnan(block.values["voltage"][1])
    assert block.device_state == ["on", None]


def test_no_readings_come_back_from_an_empty_copy() -> None:
    block = decode_readings(HEADER + TRAILER, ["voltage"])
    assert len(block) == 0
    assert block.values["voltage"].tolist() == []
