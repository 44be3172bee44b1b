"""Which rollups and which raw readings together make up a window, device by device; pure.

Whole hours come from rollups (whole UTC days from days), only the ragged edges from raw readings; and an edge
beyond all of a device's readings takes the whole hour's rollup, since nothing lies between.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from api_service.metering.power_curve import DAY_US, HOUR_US

MOST_PIECES = 40


@dataclass(frozen=True)
class Span:
    """Readings of some devices in `[start_us, end_us)`."""

    clusters: tuple[int, ...]
    start_us: int
    end_us: int


@dataclass(frozen=True)
class RollupSpan:
    """Rollups of one resolution and some devices, of the buckets that begin in `[start_us, end_us)`."""

    resolution: str
    clusters: tuple[int, ...]
    start_us: int
    end_us: int


def neighbouring_hours(hours_us: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending hours as half-open ranges, those next to each other as one."""
    ranges: list[tuple[int, int]] = []
    for hour_us in hours_us:
        if ranges and ranges[-1][1] == hour_us:
            ranges[-1] = (ranges[-1][0], hour_us + HOUR_US)
        else:
            ranges.append((hour_us, hour_us + HOUR_US))
    return ranges


def rollups_between(
    clusters: tuple[int, ...], within_us: tuple[int, int], edges_us: Sequence[int]
) -> list[RollupSpan]:
    """Days and hours that make up `[start, end)` of whole hours, each of which lies between two edges.

    Whole UTC days are taken wherever no edge cuts them: a month of any zone is days but for its ends. Where
    edges cut so many days that the pieces were too many for one statement, there are hours alone.
    """
    start_us, end_us = within_us
    cut = {edge // DAY_US * DAY_US for edge in edges_us if edge % DAY_US}
    first_us, last_us = -(-start_us // DAY_US) * DAY_US, end_us // DAY_US * DAY_US
    borders = sorted({day + ends for day in cut for ends in (0, DAY_US)} | {first_us, last_us})
    borders = [start_us, *(border for border in borders if start_us < border < end_us), end_us]
    spans: list[RollupSpan] = []
    for begin_us, until_us in pairwise(borders):
        is_days = not (begin_us % DAY_US or until_us % DAY_US or begin_us in cut)
        name = "day" if is_days else "hour"
        if spans and spans[-1].resolution == name:
            spans[-1] = RollupSpan(name, clusters, spans[-1].start_us, until_us)
        else:
            spans.append(RollupSpan(name, clusters, begin_us, until_us))
    return spans if len(spans) <= MOST_PIECES else [RollupSpan("hour", clusters, start_us, end_us)]


class KnownDevice(Protocol):
    """What a plan must know of a device, whoever has read it."""

    @property
    def cluster(self) -> int: ...  # noqa: D102 (a field)
    @property
    def first_seen_us(self) -> int: ...  # noqa: D102
    @property
    def last_seen_us(self) -> int: ...  # noqa: D102
    @property
    def curve_end_us(self) -> int: ...  # noqa: D102
    @property
    def largest_gap_us(self) -> int: ...  # noqa: D102
    @property
    def interval_us(self) -> int: ...  # noqa: D102
    @property
    def readings_from_us(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True)
class WindowPlan:
    """Disjoint pieces whose union is the window: spans of rollups, and spans of raw readings."""

    rollups: list[RollupSpan] = field(default_factory=list)
    raw: list[Span] = field(default_factory=list)


def plan_window(start_us: int, end_us: int, devices: Iterable[KnownDevice]) -> WindowPlan:
    """The pieces of `[start_us, end_us)` for these devices; none for devices without readings in reach.

    Whether the readings of a raw piece are kept is for the caller to ask.
    """
    alive = [
        device for device in devices if device.curve_end_us >= start_us and device.first_seen_us < end_us
    ]
    plan = WindowPlan()
    if not alive or start_us >= end_us:
        return plan
    clusters = tuple(device.cluster for device in alive)
    first_hour_us, last_hour_us = -(-start_us // HOUR_US) * HOUR_US, end_us // HOUR_US * HOUR_US
    if first_hour_us > last_hour_us:
        _add_edge(plan, start_us, end_us, alive)
        return plan
    _add_edge(plan, start_us, first_hour_us, alive)
    _add_edge(plan, last_hour_us, end_us, alive)
    first_day_us, last_day_us = -(-first_hour_us // DAY_US) * DAY_US, last_hour_us // DAY_US * DAY_US
    if first_day_us < last_day_us:
        wholes = [
            ("hour", first_hour_us, first_day_us),
            ("day", first_day_us, last_day_us),
            ("hour", last_day_us, last_hour_us),
        ]
    else:
        wholes = [("hour", first_hour_us, last_hour_us)]
    plan.rollups.extend(RollupSpan(name, clusters, start, end) for name, start, end in wholes if start < end)
    return plan


def _add_edge(plan: WindowPlan, start_us: int, end_us: int, devices: list[KnownDevice]) -> None:
    """A part of one hour: as raw readings, or as that hour's rollup where the rest of the hour is empty."""
    if start_us == end_us:
        return
    hour_us = start_us // HOUR_US * HOUR_US
    whole, partly = [], []
    for device in devices:
        begins_inside = start_us == hour_us or device.first_seen_us >= start_us
        ends_inside = end_us == hour_us + HOUR_US or device.curve_end_us < end_us
        if begins_inside and ends_inside:
            whole.append(device.cluster)
        elif device.curve_end_us >= start_us and device.first_seen_us < end_us:
            partly.append(device.cluster)
    if whole:
        plan.rollups.append(RollupSpan("hour", tuple(whole), hour_us, hour_us + HOUR_US))
    if partly:
        plan.raw.append(Span(tuple(partly), start_us, end_us))
