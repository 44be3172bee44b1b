"""Cells to readings: every plan of a layout takes its own from each line."""

from dataclasses import dataclass, field

import numpy as np

from api_service.ingest.counters import Counters
from api_service.ingest.layout import COUNTER, Combine, FieldPlan, Label, Layout, ReadingPlan
from api_service.ingest.rows import BAD_STAMP, Cells, ObjectArray, RawRows
from api_service.metering.blocks import MEASURES, FloatArray, IntArray


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


def assemble(cells: Cells, layout: Layout, devices: DeviceNumbers, counters: Counters) -> RawRows:
    """The readings of some lines, plan by plan, by ascending line.

    A plan of a file with several ones gives no reading where all of its cells are empty.
    """
    rows = [_of_plan(cells, layout, plan, devices) for plan in layout.plans]
    all_rows = rows[0] if len(rows) == 1 else _stacked(rows)
    all_rows = _at_start(all_rows, layout)
    return counters.differences(all_rows) if COUNTER in all_rows.values else all_rows


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
    if len(layout.plans) == 1:
        return rows
    given = ~np.all([np.isnan(column) for column in values.values()], axis=0)
    return rows.take(np.flatnonzero(given))


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
    if layout.device is None:
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
    """Readings stamped at the start of their interval, where the file names its end."""
    if layout.stamp.label is not Label.END or not layout.stamp.interval_us:
        return rows
    stamped = rows.stamp_us > BAD_STAMP
    moved: IntArray = np.where(stamped, rows.stamp_us - layout.stamp.interval_us, rows.stamp_us)
    return rows.replaced(stamp_us=moved)
