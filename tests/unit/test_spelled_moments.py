"""Moments in figures: what is one, what is a measured value instead, and that no text breaks the reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.ingest.time.spelled import in_figures

PIECES = st.sampled_from(
    [
        "mar",
        "2025",
        "03",
        "10:05",
        "am",
        "gmt",
        "2025-w11-3",
        "24:00",
        "z",
        "+01:00",
        "31",
        "feb",
        "1.9e15",
        "e9",
        "9.99e14",
    ]
)


@pytest.mark.parametrize("text", ["1.7103e9", "1.7103000e+12", "1.71030000000E15"])
def test_seconds_milli_and_microseconds_in_powers_of_ten_are_moments(text: str) -> None:
    assert in_figures(text) == "2024-03-13 03:20:00 Z"


@pytest.mark.parametrize("text", ["1.2e10", "9.99e15", "1.66277e+12", "1.2e-05"])
def test_a_measured_value_in_powers_of_ten_is_no_moment(text: str) -> None:
    assert in_figures(text) is None


@given(st.one_of(st.text(max_size=24), st.lists(PIECES, max_size=5).map(" ".join)))
def test_any_text_is_a_moment_in_figures_or_none(text: str) -> None:
    found = in_figures(text)
    assert found is None or any(map(str.isdecimal, found)), found
