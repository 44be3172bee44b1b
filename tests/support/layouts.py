"""Layouts for tests: recognised from bytes, or of the table's own columns."""

from io import BytesIO

from api_service.ingest.blocks import Position
from api_service.ingest.layout import Column, FieldPlan, Layout, ReadingPlan, StampPlan
from api_service.ingest.pipeline import Start
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.recognise import recognise
from api_service.ingest.recognition.sample import read_sample
from api_service.ingest.rows import TEXTS


def layout_of(data: bytes, options: ReadOptions | None = None, stem: str = "") -> Layout:
    """The layout of a file with this content."""
    return recognise(read_sample(BytesIO(data), len(data)), options or ReadOptions(), stem)


def start_of(layout: Layout, data: bytes) -> Start:
    """Reading from the first reading to the end."""
    return Start(layout.data, len(data))


def own_table(columns: tuple[str, ...], delimiter: str = ",", decimal: str = ".") -> Layout:
    """The layout of a file with these columns of the table; others are ignored."""
    places = {name: place for place, name in enumerate(columns)}
    values = {
        name: FieldPlan((Column(place),))
        for name, place in places.items()
        if name not in (*TEXTS, "timestamp", "cluster", "extra")
    }
    return Layout(
        delimiter,
        decimal,
        len(columns),
        StampPlan((places["timestamp"],)),
        (ReadingPlan(values),),
        Position(0, 0),
        cluster=places["cluster"],
        name=places.get("device_name"),
        state=places.get("device_state"),
        ignored=tuple(name for name in columns if name == "extra"),
    )
