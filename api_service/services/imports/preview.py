"""What a dry run tells: each column with values before and after, devices, what would be refused."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api_service.ingest.lanes.fields import split
from api_service.ingest.lanes.numbers import read_number
from api_service.ingest.layout import Layout
from api_service.ingest.recognition.sample import Sample, read_sample
from api_service.ingest.source import open_source
from api_service.metering.moments import from_epoch_us
from api_service.services.imports.options import ImportOptions, ImportOutcome

EXAMPLES = 5


@dataclass(frozen=True)
class ColumnPreview:
    """One used column: `before` as it is written, `after` in the unit of the field that it fills."""

    column: str
    quantity: str
    unit: str | None
    why: str
    before: tuple[str, ...]
    after: tuple[float | str | None, ...]


async def preview_columns(path: Path, options: ImportOptions, timezone: str) -> list[ColumnPreview]:
    """The used columns of a file, with the first values of each. Raises what opening a source raises."""
    return await asyncio.to_thread(_columns, path, options, timezone)


def _columns(path: Path, options: ImportOptions, timezone: str) -> list[ColumnPreview]:
    with open_source(path, options.read, timezone) as source:
        sample = read_sample(source.stream, source.size_bytes)
        rows = _rows(sample, source.layout)
        places = sorted({item.place for item in source.layout.columns} & _used(source.layout))
        return [_column(place, rows, source.layout) for place in places]


def _used(layout: Layout) -> set[int]:
    return {*layout.numbers, *layout.texts, *layout.stamp.places}


def _rows(sample: Sample, layout: Layout) -> list[list[str]]:
    lines = sample.begin[layout.data.line :]
    rows = [fields for line in lines if (fields := split(line, layout.delimiter))]
    return [fields for fields in rows if len(fields) >= layout.width]


def _column(place: int, rows: list[list[str]], layout: Layout) -> ColumnPreview:
    found = next(item for item in layout.columns if item.place == place)
    chosen = [row for row in rows if row[place].strip()][:EXAMPLES]
    before = tuple(row[place].strip() for row in chosen)
    quantity, _, unit = found.meaning.partition(" [")
    after: tuple[float | str | None, ...] = before
    if place in layout.numbers and place != layout.cluster:
        style = layout.number_style(place)
        after = tuple(_scaled(read_number(row[place], style), _scale(place, row, layout)) for row in chosen)
    return ColumnPreview(found.name, quantity, unit.partition("]")[0] or None, found.why, before, after)


def _scaled(number: float, scale: float | None) -> float | None:
    return None if scale is None or not abs(number) < float("inf") else float(f"{number * scale:.10g}")


def _scale(place: int, row: list[str], layout: Layout) -> float | None:
    """The factor of a cell's number; of a quantity a line that of its line, None for what is not kept."""
    plans = layout.plans
    if layout.kinds:
        plan = layout.kinds.find(tuple(row[each].strip() or None for each in layout.kinds.places))
        plans = (plan,) if plan else ()
    columns = [column for plan in plans for item in plan.values.values() for column in item.columns]
    return next((column.scale for column in columns if column.place == place), None)


def devices_of(outcome: ImportOutcome) -> list[dict[str, Any]]:
    """The devices of a report, with their readings and span."""
    return [
        {
            "device": outcome.report.names.get(cluster),
            "cluster": cluster if outcome.layout.is_numbered else None,
            "readings": span.readings,
            "first": from_epoch_us(span.first_us),
            "last": from_epoch_us(span.last_us),
        }
        for cluster, span in outcome.report.devices.items()
    ]
