"""Cells to readings: every plan of a layout takes its own from each line."""

from dataclasses import dataclass, field

import numpy as np

from api_service.ingest.counters import Counters, Differences
from api_service.ingest.layout import COUNTER, Combine, FieldPlan, Label, Layout, ReadingPlan
from api_service.ingest.rows import BAD_STAMP, Cells, ObjectArray, RawRows, Reject
from api_service.metering.blocks import MEASURES, BoolArray, FloatArray, IntArray


@dataclass
class DeviceNumbers:
    """Numbers of a file's named devices, by order of appearance; the database's clusters come later."""

    names: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = {name: number for number, name in enumerate(self.names)}

    def number(self, name: str) -> int:
        """The number of a device, a new one at its first appearance."""
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]


@dataclass(frozen=True)
class Assembled:
    """Readings by ascending line, the devices whose power is the mean of an interval, and other lines.

    `rejects` are indexes that contradict others; `unused` lines say nothing that is kept.
    """

    rows: RawRows
    means: frozenset[int]
    unused: list[int]
    rejects: list[Reject]


def assemble(cells: Cells, layout: Layout, devices: DeviceNumbers, counters: Counters) -> Assembled:
    """The readings of some lines, plan by plan, by ascending line.

    A plan of a file with several ones gives no reading where all of its cells are empty.
    """
    parts, unused = _parts(cells, layout, devices)
    is_mean = layout.stamp.label is not Label.INSTANT
    means = frozenset(
        number for rows, plan in parts if plan.is_mean or is_mean for number in _whole(rows.cluster)
    )
    rows = [rows for rows, _ in parts]
    all_rows = rows[0] if len(rows) == 1 else _stacked(rows)
    all_rows = _at_start(_merged(all_rows) if layout.kinds else all_rows, layout)
    found = counters.differences(all_rows) if COUNTER in all_rows.values else Differences(all_rows)
    return Assembled(found.rows, means, sorted([*unused, *found.repeats]), found.rejects)


def _whole(clusters: FloatArray) -> list[int]:
    numbers: list[int] = np.unique(clusters[np.isfinite(clusters)]).astype(np.int64).tolist()
    return numbers


def _parts(
    cells: Cells, layout: Layout, devices: DeviceNumbers
) -> tuple[list[tuple[RawRows, ReadingPlan]], list[int]]:
    """The readings of each plan; of a long table each plan's own lines, and the lines of none."""
    if layout.kinds is None:
        return [(_of_plan(cells, layout, plan, devices), plan) for plan in layout.plans], []
    texts = list(zip(*(cells.texts[place].tolist() for place in layout.kinds.places), strict=True))
    places: dict[tuple[str | None, ...], list[int]] = {}
    for at, text in enumerate(texts):
        places.setdefault(text, []).append(at)
    found, unused = [], []
    for text, lines in places.items():
        plan = layout.kinds.find(text)
        if plan is None:
            unused += cells.row[lines].tolist()
        else:
            chosen = cells.take(np.array(lines, dtype=np.int64))
            found.append((_given(_of_plan(chosen, layout, plan, devices)), plan))
    if not found:
        found = [
            (_of_plan(cells.take(np.empty(0, np.int64)), layout, layout.plans[0], devices), layout.plans[0])
        ]
    return found, sorted(unused)


def _given(rows: RawRows) -> RawRows:
    """The rows that hold a value."""
    given = ~np.all([np.isnan(column) for column in rows.values.values()], axis=0)
    return rows.take(np.flatnonzero(given))


def _merged(rows: RawRows) -> RawRows:
    """One row for a device's several quantities of one moment.

    A second number for the same quantity goes into a row of its own, which is a duplicate or a conflict when
    it is stored: none is lost without a word.
    """
    order = np.lexsort((rows.row, rows.stamp_us, rows.cluster))
    stamps, clusters = rows.stamp_us[order], rows.cluster[order]
    # Rows without a device or a moment stay apart: each is rejected under its own line.
    begins = _begins((np.diff(stamps) != 0) | ~(np.diff(clusters) == 0) | (stamps[1:] <= BAD_STAMP))
    if begins.all():
        return rows
    group = np.cumsum(begins) - 1
    repeat = _repeats(group, [column[order] for column in rows.values.values()])
    again = np.lexsort((repeat, group))
    order, group, repeat = order[again], group[again], repeat[again]
    begins = _begins((np.diff(group) != 0) | (np.diff(repeat) != 0))
    merged_group = np.cumsum(begins) - 1
    firsts = order[begins]
    values = {}
    for name, column in rows.values.items():
        filled = np.flatnonzero(~np.isnan(column[order]))
        merged = np.full(len(firsts), np.nan)
        merged[merged_group[filled]] = column[order][filled]
        values[name] = merged
    back = np.argsort(rows.row[firsts], kind="stable")
    return rows.take(firsts).replaced(rows.stamp_us[firsts], values).take(back)


def _begins(differs: BoolArray) -> BoolArray:
    """Where a new group begins: at the first row, and where a row differs from the one before it."""
    return np.concatenate((np.ones(1, dtype=np.bool_), differs)) if len(differs) else np.ones(1, np.bool_)


def _repeats(group: IntArray, columns: list[FloatArray]) -> IntArray:
    """How many earlier rows of its group give a number for the same quantity as a row does."""
    found = np.zeros(len(group), dtype=np.int64)
    for column in columns:
        filled = np.flatnonzero(~np.isnan(column))
        if len(filled):
            begins = np.flatnonzero(_begins(np.diff(group[filled]) != 0))
            counts = np.diff(np.append(begins, len(filled)))
            rank = np.arange(len(filled)) - np.repeat(begins, counts)
            found[filled] = np.maximum(found[filled], rank)
    return found


def _of_plan(cells: Cells, layout: Layout, plan: ReadingPlan, devices: DeviceNumbers) -> RawRows:
    values = {name: _value(cells, item) for name, item in plan.values.items()}
    states = _texts(cells, layout.state)
    rows = RawRows(
        row=cells.row,
        stamp_us=cells.stamp_us,
        naive=cells.naive,
        cluster=_clusters(cells, layout, plan, devices),
        values=values,
        device_state=states,
        device_name=_texts(cells, layout.name),
    )
    return rows if len(layout.plans) == 1 or layout.kinds else _given(rows)


def _value(cells: Cells, item: FieldPlan) -> FloatArray:
    columns = [
        cells.numbers[column.place] if column.scale == 1.0 else cells.numbers[column.place] * column.scale
        for column in item.columns
    ]
    if len(columns) == 1:
        return columns[0]
    with np.errstate(invalid="ignore"):
        total: FloatArray = np.sum(columns, axis=0)
        return total / len(columns) if item.combine is Combine.MEAN else total


def _clusters(cells: Cells, layout: Layout, plan: ReadingPlan, devices: DeviceNumbers) -> FloatArray:
    if layout.cluster is not None:
        return cells.numbers[layout.cluster]
    if layout.device is None or (layout.kinds and layout.kinds.names_devices):
        return np.full(len(cells), float(devices.number(plan.device or "")))
    texts = cells.texts[layout.device].tolist()
    suffix = f" {plan.device}" if plan.device else ""
    # Names repeat: each distinct one is looked up once.
    numbers = {
        text: np.nan if text is None else devices.number(text + suffix) for text in dict.fromkeys(texts)
    }
    return np.array([numbers[text] for text in texts], dtype=np.float64)


def _texts(cells: Cells, place: int | None) -> ObjectArray:
    return np.full(len(cells), None, dtype=np.object_) if place is None else cells.texts[place]


def _stacked(rows: list[RawRows]) -> RawRows:
    names = [name for name in (*MEASURES, COUNTER) if any(name in part.values for part in rows)]
    order = np.argsort(np.concatenate([part.row for part in rows]), kind="stable")

    def column(name: str) -> FloatArray:
        parts = [part.values.get(name, np.full(len(part), np.nan)) for part in rows]
        return np.concatenate(parts)[order]

    return RawRows(
        row=np.concatenate([part.row for part in rows])[order],
        stamp_us=np.concatenate([part.stamp_us for part in rows])[order],
        naive=np.concatenate([part.naive for part in rows])[order],
        cluster=np.concatenate([part.cluster for part in rows])[order],
        values={name: column(name) for name in names},
        device_state=np.concatenate([part.device_state for part in rows])[order],
        device_name=np.concatenate([part.device_name for part in rows])[order],
    )


def _at_start(rows: RawRows, layout: Layout) -> RawRows:
    """Means stamped at their interval's start, where the file names its end; a meter's indexes at its end."""
    interval_us = layout.stamp.interval_us
    if layout.stamp.label is Label.INSTANT or not interval_us:
        return rows
    is_index = ~np.isnan(rows.values[COUNTER]) if COUNTER in rows.values else np.zeros(len(rows), np.bool_)
    moves = (rows.stamp_us > BAD_STAMP) & (is_index if layout.stamp.label is Label.START else ~is_index)
    shift_us = interval_us if layout.stamp.label is Label.START else -interval_us
    moved: IntArray = np.where(moves, rows.stamp_us + shift_us, rows.stamp_us)
    return rows.replaced(stamp_us=moved)
