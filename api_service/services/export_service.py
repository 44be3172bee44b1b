"""Readings as CSV or Parquet, written page by page: memory does not grow with the number of rows."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO, RawIOBase
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import compute, csv, parquet

from api_service.database.sessions import SessionFactory, snapshot
from api_service.metering.blocks import MEASURES
from api_service.metering.moments import epoch_us
from api_service.repositories.aggregates import device_statuses
from api_service.repositories.device_repository import load_devices
from api_service.repositories.plots.export import ROWS_PER_PAGE, page
from api_service.schemas.plots import ExportQuery
from api_service.services.data_service import moment_in_range
from api_service.services.device_service import unknown_device
from shared.errors import InputError, InvalidInput
from shared.settings import Settings

if TYPE_CHECKING:
    from typing_extensions import Buffer

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("timestamp", pa.timestamp("us", tz="UTC")),
    ("cluster", pa.int32()),
    ("device_name", pa.string()),
    *((name, pa.float64()) for name in MEASURES),
    ("device_state", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)


class ExportService:
    """Sends readings; every page is read in a short snapshot of its own, so that an export blocks nobody."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def export(self, query: ExportQuery) -> AsyncIterator[bytes]:
        """The file's bytes as they come; raises `NotFound` or `InvalidInput` before the first one."""
        async with snapshot(self._sessions) as session:
            devices = await load_devices(session, query.cluster)
            names = {status.cluster: status.name for status in await device_statuses(session, query.cluster)}
        for cluster in query.cluster or ():
            if cluster not in devices:
                raise unknown_device(cluster)
        first_us = min((device.first_seen_us for device in devices.values()), default=0)
        last_us = max((device.last_seen_us for device in devices.values()), default=0)
        start_us = epoch_us(moment_in_range("start", query.start)) if query.start else first_us
        end_us = epoch_us(moment_in_range("end", query.end)) if query.end else last_us + 1
        if query.start and query.end and start_us >= end_us:
            raise InvalidInput("start must lie before end.", [InputError("start", "must lie before end")])
        tables = self._tables(names, start_us, end_us)
        return _as_csv(tables) if query.format == "csv" else _as_parquet(tables)

    async def _tables(self, names: dict[int, str], start_us: int, end_us: int) -> AsyncIterator[pa.Table]:
        for cluster, name in names.items():
            after_us, is_more = start_us - 1, True
            while is_more:
                async with snapshot(self._sessions) as session:
                    rows = await page(session, cluster, after_us, end_us)
                if rows:
                    yield await asyncio.to_thread(_table, rows, name)
                    after_us = rows[-1][0]
                is_more = len(rows) == ROWS_PER_PAGE


def _table(rows: list[Any], device_name: str) -> pa.Table:
    timestamp, cluster, *values, state = zip(*rows, strict=True)
    columns = [timestamp, cluster, [device_name] * len(rows), *values, state]
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


async def _as_csv(tables: AsyncIterator[pa.Table]) -> AsyncIterator[bytes]:
    yield (",".join(SCHEMA.names) + "\n").encode()
    async for table in tables:
        yield await asyncio.to_thread(_csv_rows, table)


def _csv_rows(table: pa.Table) -> bytes:
    """Names and states that a spreadsheet would run as a formula are kept text, as in the page's files."""
    for place, name in enumerate(table.schema.names):
        if table.schema.types[place] == pa.string():
            kept = compute.replace_substring_regex(table.column(place), r"^([=+\-@\t\r])", r"'\1")
            table = table.set_column(place, name, kept)
    sink = BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    return sink.getvalue()


async def _as_parquet(tables: AsyncIterator[pa.Table]) -> AsyncIterator[bytes]:
    sink = _Drained()
    writer = parquet.ParquetWriter(pa.PythonFile(sink, mode="w"), SCHEMA, compression="zstd")
    async for table in tables:
        await asyncio.to_thread(writer.write_table, table)
        yield sink.drain()
    await asyncio.to_thread(writer.close)
    yield sink.drain()


class _Drained(RawIOBase):
    """A file of which only what was written since the last visit is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def write(self, data: "Buffer") -> int:
        """Take bytes in."""
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        """How much was written."""
        return self._position

    def drain(self) -> bytes:
        """What was written since the last call."""
        data, self._parts = b"".join(self._parts), []
        return data
