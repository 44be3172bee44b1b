"""Columns recognised from the header."""

from io import BytesIO

import pytest

from api_service.ingest.blocks import read_head
from api_service.ingest.layout import Layout, recognise, split
from shared.errors import MalformedFile


def layout(text: str, delimiter: str | None = None) -> Layout:
    return recognise(read_head(BytesIO(text.encode())), delimiter)


def test_columns_in_any_order_and_case_are_found_and_others_ignored() -> None:
    found = layout("id,Real Power, CLUSTER ,note,Timestamp\n")
    assert found.positions == {"timestamp": 4, "cluster": 2, "real_power": 1}
    assert (found.width, found.ignored, found.delimiter) == (5, ("id", "note"), ",")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_that_finds_the_most_columns_is_taken(delimiter: str) -> None:
    assert layout(delimiter.join(["timestamp", "cluster", "thd", "real_power_watt"])).delimiter == delimiter


def test_delimiter_given_by_the_user_is_used() -> None:
    assert layout("timestamp|cluster|real_power_watt\n", "|").width == 3


def test_quoted_header_is_read() -> None:
    assert layout('"timestamp","cluster","real_power"\n').width == 3


@pytest.mark.parametrize(
    ("row", "decimal"),
    [("2026-03-09;1;842,5;1,0", ","), ("2026-03-09;1;842.5;1.0", "."), ("2026-03-09;1;842;1", ".")],
)
def test_decimal_sign_of_a_semicolon_file_is_the_one_it_uses(row: str, decimal: str) -> None:
    assert layout(f"timestamp;cluster;real_power_watt;thd\n{row}\n").decimal == decimal


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("cluster,real_power", "`timestamp`"),
        ("timestamp,real_power", "`cluster`"),
        ("timestamp,cluster,voltage", "`real_power` (kW) or `real_power_watt` (W)"),
        ("2026-03-09T00:00:00Z,1,842", "`timestamp` and `cluster` and `real_power`"),
        ("timestamp,cluster,thd,THD,real_power", "`thd` comes 2 times"),
    ],
)
def test_header_that_lacks_or_repeats_a_column_is_refused_by_name(header: str, named: str) -> None:
    with pytest.raises(MalformedFile) as caught:
        layout(f"{header}\n")
    assert named in str(caught.value)


def test_split_reads_quotes_and_refuses_an_open_one() -> None:
    assert split('a,"b,""c""",d', ",") == ["a", 'b,"c"', "d"]
    assert split('a,"b', ",") is None
