"""The fast lane reads what the slow lane reads, and every line is a row, a reject or blank."""

import math
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api_service.ingest.blocks import Block, Position
from api_service.ingest.lanes.csv_block import Parsed, index_lines, parse_block
from api_service.ingest.lanes.csv_fast import read_typed
from api_service.ingest.lanes.csv_tolerant import read_lines
from api_service.ingest.layout import Layout
from api_service.ingest.rows import BAD_STAMP, MISSING_STAMP, Cells
from api_service.ingest.time.timestamps import EARLIEST_US, StampKind
from tests.support.layouts import own_table

COLUMNS = ("timestamp", "cluster", "real_power_watt", "device_state", "extra", "device_name")
FIRST_LINE = 12


def layout_for(delimiter: str, decimal: str) -> Layout:
    return own_table(COLUMNS, delimiter, decimal)


def block_of(data: bytes) -> Block:
    return Block(data, Position(1000, FIRST_LINE - 1), Position(1000 + len(data), FIRST_LINE))


def as_tuples(cells: Cells) -> list[tuple[Any, ...]]:
    """Rows as comparable tuples; NaN as None."""
    return [
        (
            int(cells.row[i]),
            stamp(int(cells.stamp_us[i])),
            bool(cells.naive[i]) and int(cells.stamp_us[i]) > BAD_STAMP,
            number(cells.numbers[1][i]),
            number(cells.numbers[2][i]),
            cells.texts[3][i],
            cells.texts[5][i],
        )
        for i in range(len(cells))
    ]


def stamp(us: int) -> int | None:
    """Whatever is too early for a meter is the same."""
    return None if us == MISSING_STAMP else us if us == BAD_STAMP else max(us, EARLIEST_US - 1)


def number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def slow(data: bytes, layout: Layout) -> Parsed:
    lines = index_lines(block_of(data))
    rows, rejects, blank = read_lines(((lines.first + i, lines.line(i)) for i in range(len(lines))), layout)
    return Parsed(rows, rejects, blank)


STAMPS = st.sampled_from(
    [
        "2026-03-09T14:30:00Z", "2026-03-09 14:30:00", "2026-03-09T14:30:00.123456+01:00", "1643793377000",
        "2024-02-29T00:00:00Z", "2025-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-03-09", "1643793377.5",
        "2026-03-09T14:30:00.1234567Z", "2026-03-09T24:00:00Z", "", " ", "nonsense", "2026-03-09T14:30:61Z",
        '"2026-03-09T14:30:00Z"', "0000-01-01T00:00:00Z", "2026-03-09T14:30Z", "2026-03-09T14:30:00+0530",
    ]
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(
        ["", " ", " 1.5 ", "+1", "1.", ".5", "1e5", "1e999", "-0", "nan", "Inf", "0x1f", "1_0", "1,5",
         '"2.5"', "?", '""', "--1", "1.2.3", "1 2", "NA", "0.1", "null", "unavailable", "-",
         "n/a", "123456789.123456789012345678"]
    ),
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(["on", "off", "", " ", '"a,b"', '"a""b"', 'a"b', '"open', '"a"b', "=1+1", "Kühlschrank",
                     "a\rb", "a\0b", "x;y", "\x01"]),
    st.text(max_size=6).map(lambda text: text.replace("\n", "")),
)  # fmt: skip
CELLS = (STAMPS, NUMBERS, NUMBERS, TEXTS, TEXTS, TEXTS)
GOOD = ("2026-03-09T14:30:00Z", "3", "842.5", "on", "x", "Oven")


@st.composite
def line(draw: st.DrawFn, delimiter: str) -> str:
    kind = draw(st.integers(0, 9))
    if kind < 6:
        return delimiter.join(GOOD)
    if kind == 6:
        return draw(st.sampled_from(["", ",,,,,", " ", ",", "ragged", '"', "a,b,c,d,e,f,g"]))
    cells = list(GOOD)
    for place in draw(st.lists(st.integers(0, len(CELLS) - 1), min_size=1, max_size=3)):
        cells[place] = draw(CELLS[place])
    return delimiter.join(cells)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, Layout]:
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    decimal = "." if delimiter == "," else draw(st.sampled_from([".", ","]))
    lines = draw(st.lists(line(delimiter), min_size=1, max_size=12))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join(lines) + draw(st.sampled_from(["", end]))
    data = text.encode("utf-8", "surrogatepass")
    return data + draw(st.sampled_from([b"", b"", b"\xff\xfe"])), layout_for(delimiter, decimal)


@settings(max_examples=300, deadline=None)
@given(files())
@example((b"2026-03-09T14:30:00Z,3,nan,on,x,Oven\n", layout_for(",", ".")))
def test_block_read_in_both_lanes_gives_what_the_slow_lane_alone_gives(file: tuple[bytes, Layout]) -> None:
    data, layout = file
    mixed, alone = parse_block(index_lines(block_of(data)), layout), slow(data, layout)
    assert as_tuples(mixed.cells) == as_tuples(alone.cells)
    assert mixed.rejects == alone.rejects
    assert mixed.blank == alone.blank
    lines = data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    assert len(mixed.cells) + len(mixed.rejects) + len(mixed.blank) == lines


def test_good_lines_beside_bad_ones_take_the_fast_lane() -> None:
    # Otherwise the property above would compare the slow lane with itself.
    layout = layout_for(",", ".")
    data = (",".join(GOOD) + "\n").encode() * 3
    rows = read_typed(data, np.array([12, 13, 14]), layout, StampKind.ZONED)
    assert rows is not None
    assert rows.row.tolist() == [12, 13, 14]
    assert rows.numbers[2].tolist() == [842.5] * 3
    assert rows.texts[5].tolist() == ["Oven"] * 3
    # 2026-03-09T14:30:00Z by `date -u -d … +%s`
    assert rows.stamp_us.tolist() == [1_773_066_600_000_000] * 3


def test_one_open_quote_costs_one_line_only() -> None:
    good = ",".join(GOOD)
    data = f'{good}\n2026-03-09T14:30:00Z,3,842.5,"on,x,Oven\n{good}\n{good}\n'.encode()
    parsed = parse_block(index_lines(block_of(data)), layout_for(",", "."))
    assert parsed.cells.row.tolist() == [12, 14, 15]
    assert [(reject.row, reject.reason) for reject in parsed.rejects] == [
        (13, "a quoted field is not closed in its line")
    ]
