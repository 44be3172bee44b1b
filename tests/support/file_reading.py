"""A file's content through unpacking, recognition, reading and validation, without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import BinaryIO, cast

from api_service.ingest.formats.shapes.shape import FileContext
from api_service.ingest.formats.spool import spooled
from api_service.ingest.layout import Layout
from api_service.ingest.pipeline import Start, batches
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.recognise import recognise
from api_service.ingest.recognition.sample import read_sample
from api_service.ingest.time.zones import zone_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FileRead:
    """What a file gave: per device its moments and the values of each quantity; the reasons of rejects."""

    layout: Layout
    moments: dict[str, list[str]]
    values: dict[str, dict[str, list[float]]]
    rejects: list[str]

    def mean_w(self, device: str) -> float:
        """The mean power of a device."""
        watts = self.values[device]["real_power_watt"]
        return sum(watts) / len(watts)


def _context(stem: str, options: ReadOptions | None) -> FileContext:
    given = options or ReadOptions()
    order = given.date_order.value if given.date_order else None
    return FileContext(stem, given.day, order, given.decimal, given.delimiter)


def read_file(
    data: str | bytes, options: ReadOptions | None = None, zone: str = "UTC", stem: str = "meter"
) -> FileRead:
    """Read a file named `stem` whose local times are of `zone`, unless it names another one."""
    content = BytesIO(data.encode() if isinstance(data, str) else data)
    moments: dict[str, list[str]] = {}
    values: dict[str, dict[str, list[float]]] = {}
    rejects: list[str] = []
    with spooled(
        cast(BinaryIO, content), (options or ReadOptions()).encoding, _context(stem, options)
    ) as spool:
        layout = recognise(read_sample(spool.stream, spool.size), options or ReadOptions(), stem)
        start = Start(layout.data, spool.size)
        for batch in batches(spool.stream, layout, zone_of(layout.stamp.zone or zone), start):
            rejects += [reject.reason for reject in batch.rejects]
            columns = batch.rows.columns
            for at, number in enumerate(columns.cluster.tolist()):
                name = str(number) if layout.is_numbered else batch.carried.names[number]
                moment = EPOCH + timedelta(microseconds=int(columns.timestamp_us[at]))
                moments.setdefault(name, []).append(f"{moment:%Y-%m-%dT%H:%M:%S}")
                for field, column in columns.values.items():
                    if column[at] == column[at]:
                        values.setdefault(name, {}).setdefault(field, []).append(float(column[at]))
    return FileRead(layout, moments, values, rejects)
