"""Windows as pieces; hours and days counted from 1970."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api_service.metering.moments import EPOCH
from api_service.metering.power_curve import DAY_US, HOUR_US
from api_service.metering.windows import MOST_PIECES, WindowPlan, plan_window, rollups_between
from api_service.repositories.device_repository import StoredDevice

WIDTHS_US = {"hour": HOUR_US, "day": DAY_US}


def device(cluster: int, first_h: float, last_h: float) -> StoredDevice:
    return StoredDevice(cluster, EPOCH + timedelta(hours=first_h), EPOCH + timedelta(hours=last_h))


def plan(start_h: float, end_h: float, *devices: StoredDevice) -> WindowPlan:
    return plan_window(round(start_h * HOUR_US), round(end_h * HOUR_US), devices)


def rollups(found: WindowPlan) -> list[tuple[str, tuple[int, ...], float, float]]:
    return [(s.resolution, s.clusters, s.start_us / HOUR_US, s.end_us / HOUR_US) for s in found.rollups]


def raw(found: WindowPlan) -> list[tuple[tuple[int, ...], float, float]]:
    return [(s.clusters, s.start_us / HOUR_US, s.end_us / HOUR_US) for s in found.raw]


def test_plan_window_whole_hours_need_no_raw_readings() -> None:
    found = plan(2, 5, device(1, 0, 100))
    assert rollups(found) == [("hour", (1,), 2, 5)]
    assert raw(found) == []


def test_plan_window_ragged_edges_are_raw() -> None:
    found = plan(1.5, 5.25, device(1, 0, 100))
    assert rollups(found) == [("hour", (1,), 2, 5)]
    assert raw(found) == [((1,), 1.5, 2), ((1,), 5, 5.25)]


def test_plan_window_whole_days_come_as_days() -> None:
    found = plan(20, 100, device(1, 0, 200))
    assert rollups(found) == [("hour", (1,), 20, 24), ("day", (1,), 24, 96), ("hour", (1,), 96, 100)]


def test_plan_window_within_one_hour_is_raw() -> None:
    assert raw(plan(1.25, 1.75, device(1, 0, 100))) == [((1,), 1.25, 1.75)]


def test_plan_window_edge_beyond_all_readings_is_the_whole_hour() -> None:
    found = plan(1.5, 5.25, device(1, 1.75, 5.125), device(2, 0, 100))
    assert raw(found) == [((2,), 1.5, 2), ((2,), 5, 5.25)]
    assert rollups(found) == [("hour", (1,), 1, 2), ("hour", (1,), 5, 6), ("hour", (1, 2), 2, 5)]


def test_plan_window_devices_out_of_reach_are_left_out() -> None:
    assert plan(10, 20, device(1, 0, 9.9), device(2, 20, 30)) == WindowPlan()


def test_plan_window_that_is_empty_or_turned_has_no_pieces() -> None:
    assert plan(5, 5, device(1, 0, 10)) == WindowPlan()
    assert plan(6, 5, device(1, 0, 10)) == WindowPlan()


@given(st.integers(0, 5 * 86_400), st.integers(1, 5 * 86_400))
def test_plan_window_pieces_cover_the_window_once(start_s: int, length_s: int) -> None:
    end_s = start_s + length_s
    found = plan(start_s / 3600, end_s / 3600, device(1, -1000, 1000))
    whole = [(span.start_us, span.end_us) for span in found.rollups]
    pieces = sorted(whole + [(span.start_us, span.end_us) for span in found.raw])
    assert pieces[0][0] == start_s * 1_000_000
    assert pieces[-1][1] == end_s * 1_000_000
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    for span in found.rollups:
        width_us = WIDTHS_US[span.resolution]
        assert span.start_us % width_us == span.end_us % width_us == 0


def between(start_h: int, end_h: int, *edges_h: int) -> list[tuple[str, float, float]]:
    spans = rollups_between((1,), (start_h * HOUR_US, end_h * HOUR_US), [edge * HOUR_US for edge in edges_h])
    return [(span.resolution, span.start_us / HOUR_US, span.end_us / HOUR_US) for span in spans]


def test_rollups_between_midnights_days_with_hours_at_the_ends() -> None:
    assert between(20, 100, 24, 48, 72, 96) == [("hour", 20, 24), ("day", 24, 96), ("hour", 96, 100)]


def test_rollups_between_edges_inside_of_days_hours_of_those_days_alone() -> None:
    # A month of a zone two hours ahead begins at 22:00 UTC, on the fifth day here.
    assert between(0, 240, 118) == [("day", 0, 96), ("hour", 96, 120), ("day", 120, 240)]


def test_rollups_between_midnights_of_a_zone_are_hours() -> None:
    assert between(22, 94, 22, 46, 70, 94) == [("hour", 22, 94)]


def test_rollups_between_less_than_a_day_is_hours() -> None:
    assert between(2, 5) == [("hour", 2, 5)]
    assert between(22, 26) == [("hour", 22, 26)]


def test_rollups_between_too_many_pieces_are_hours() -> None:
    edges = [week * 7 * 24 + 22 for week in range(52)]
    assert len(edges) > MOST_PIECES
    assert between(0, 364 * 24, *edges) == [("hour", 0, 364 * 24)]


@given(
    ends=st.tuples(st.integers(0, 400), st.integers(1, 200)),
    edges_h=st.lists(st.integers(-50, 700), max_size=9),
)
def test_rollups_between_any_edges_every_hour_once_and_none_crossed(
    ends: tuple[int, int], edges_h: list[int]
) -> None:
    start_h, end_h = ends[0], ends[0] + ends[1]
    spans = between(start_h, end_h, *edges_h)
    assert [spans[0][1], *(span[2] for span in spans)] == [*(span[1] for span in spans), end_h]
    assert spans[0][1] == start_h
    for name, begin_h, until_h in spans:
        if name == "day":
            assert begin_h % 24 == until_h % 24 == 0
            assert not any(begin_h < edge < until_h and edge % 24 for edge in edges_h)
