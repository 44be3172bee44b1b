"""Readings that arrive by request: read, validated and committed in one transaction."""

import asyncio
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from zoneinfo import ZoneInfo

import numpy as np

from api_service.database.sessions import SessionFactory, transaction
from api_service.ingest.faults import refuse_too_many_faults
from api_service.ingest.json_rows import decode_array, decode_lines, read_objects
from api_service.ingest.line_protocol.meaning import PointRows, rows_of
from api_service.ingest.line_protocol.points import read_points
from api_service.ingest.pipeline import Start, batches
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.recognise import recognise
from api_service.ingest.recognition.sample import read_sample
from api_service.ingest.rows import Reject
from api_service.ingest.validate import Context, Validated, validate
from api_service.metering.blocks import ConflictRule, IntArray, ReadingBlock, WriteOptions, WriteResult
from api_service.metering.devices.retention import TOO_OLD
from api_service.repositories.imports.device_sources import clusters_of
from api_service.repositories.reading_repository import write_readings
from shared.errors import InputError, InvalidInput, MalformedFile, TooLarge, UnsupportedMediaType
from shared.settings import Settings

FUTURE_S = 86_400
_FILL = WriteOptions(on_conflict=ConflictRule.FILL)
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


@dataclass(frozen=True)
class ReadingsOutcome:
    """What became of the rows of one request; `rejected` by ascending row, from 0.

    `left_out` are single values that cannot be; the rest of their rows is stored.
    """

    accepted: int
    duplicates: int
    rejected: tuple[Reject, ...]
    left_out: tuple[Reject, ...] = ()


@dataclass(frozen=True)
class PointsOutcome:
    """What became of a body of line protocol: readings stored or filled up, lines with faults, from 1.

    `ignored` counts fields that are no electrical reading, such as energy counters, by name.
    """

    stored: int
    faults: tuple[tuple[int, str], ...]
    ignored: Mapping[str, int]


@dataclass(frozen=True)
class _Read:
    """The good rows of a body in blocks, with their indexes, its rejects, and values that were left out."""

    blocks: tuple[ReadingBlock, ...]
    rows: tuple[IntArray, ...]
    rejects: tuple[Reject, ...]
    left_out: tuple[Reject, ...]


class ReadingsService:
    """Takes readings in; `sessions` opens the database that they are committed to."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._zone = settings.timezone
        self._most_bytes = settings.max_request_bytes

    async def add(self, media_type: str, body: bytes) -> ReadingsOutcome:
        """Store the rows of a body and return once they are committed; bad rows are left out and named.

        Raises `UnsupportedMediaType`, `InvalidInput` or `MalformedFile` for a body that cannot be read as
        rows at all (nothing is stored then), `DatabaseUnavailable`.
        """
        read = await asyncio.to_thread(_read, media_type, body, self._zone)
        written: list[WriteResult] = []
        if any(len(block) for block in read.blocks):
            async with transaction(self._sessions) as session:
                written = [await write_readings(session, block) for block in read.blocks]
        expired = [
            Reject(row, "timestamp", TOO_OLD)
            for rows, result in zip(read.rows, written, strict=False)
            for row in rows[result.expired].tolist()
        ]
        return ReadingsOutcome(
            accepted=sum(result.accepted for result in written),
            duplicates=sum(len(result.duplicates) for result in written),
            rejected=tuple(sorted([*read.rejects, *expired], key=lambda reject: reject.row)),
            left_out=read.left_out,
        )

    async def add_points(self, body: bytes, encoding: str, precision: str) -> PointsOutcome:
        """Store Influx line protocol and return once it is committed; bad lines are left out and named.

        Several lines may hold the quantities of one device and moment, also over several requests. Devices
        are named by tags and become clusters as those of files do. `encoding` is the body's. Raises
        `TooLarge` where it unpacks to more than MAX_REQUEST_BYTES, `UnsupportedMediaType` for another
        encoding than gzip, `InvalidInput` for a body that is not what it says or no UTF-8,
        `DatabaseUnavailable`.
        """
        read, valid = await asyncio.to_thread(self._read_points, body, encoding.strip().lower(), precision)
        block = valid.columns
        stored, expired = 0, np.empty(0, np.int64)
        if len(block):
            async with transaction(self._sessions) as session:
                clusters = await clusters_of(
                    session, [read.names[place] for place in np.unique(block.cluster)]
                )
                result = await write_readings(session, _named(block, read.names, clusters), _FILL)
                stored, expired = result.accepted + result.changed, result.expired
        faults = [(bad.line, bad.reason) for bad in read.bad]
        faults += [(reject.row, f"{reject.field or 'the line'}: {reject.reason}") for reject in valid.rejects]
        faults += [(line, f"timestamp: {TOO_OLD}") for line in valid.row[expired].tolist()]
        return PointsOutcome(stored, tuple(sorted(faults)), dict(read.ignored))

    def _read_points(self, body: bytes, encoding: str, precision: str) -> tuple[PointRows, Validated]:
        points = read_points(_unpacked(body, encoding, self._most_bytes), precision)
        try:
            read = rows_of(points, int(time.time() * 1_000_000))
        except UnicodeDecodeError:
            raise InvalidInput("The body is not UTF-8.") from None
        valid = validate(read.rows, Context(self._zone, latest_us=_latest_us()))
        refuse_too_many_faults(len(read.bad) + len(valid.rejects))
        return read, valid


def _unpacked(body: bytes, encoding: str, most_bytes: int) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise UnsupportedMediaType("Send the body as it is or with 'Content-Encoding: gzip'.")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, most_bytes + 1)
    except zlib.error:
        raise InvalidInput("The body is not gzip.") from None
    if len(text) > most_bytes:
        raise TooLarge(f"The body unpacks to more than {most_bytes} bytes; send smaller batches.")
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidInput("The body is not one whole gzip stream.")
    return text


def _named(block: ReadingBlock, names: tuple[str, ...], clusters: Mapping[str, int]) -> ReadingBlock:
    """The block under the database's clusters, with its devices' names."""
    places = np.unique(block.cluster).tolist()
    lookup = np.array([clusters.get(name, -1) for name in names], dtype=np.int64)
    return replace(
        block,
        cluster=lookup[block.cluster],
        device_name={clusters[names[place]]: names[place] for place in places},
    )


def _read(media_type: str, body: bytes, zone: ZoneInfo) -> _Read:
    if media_type == CSV:
        return _read_csv(body, zone)
    if media_type not in {JSON, NDJSON}:
        raise UnsupportedMediaType(f"Send readings as {JSON}, {NDJSON} or {CSV}, not as {media_type or '?'}.")
    rows, rejects = read_objects(decode_array(body) if media_type == JSON else decode_lines(body))
    valid = validate(rows, Context(zone, latest_us=_latest_us()))
    refuse_too_many_faults(_faults(valid) + len(rejects))
    ordered = sorted([*rejects, *valid.rejects], key=lambda reject: reject.row)
    return _Read((valid.columns,), (valid.row,), tuple(ordered), _left_out(valid))


def _read_csv(body: bytes, zone: ZoneInfo) -> _Read:
    stream = BytesIO(body)
    sample = read_sample(stream, len(body))
    header = next(line for line in sample.begin if line.strip()).lower()
    if lacking := [f"`{name}`" for name in ("timestamp", "cluster") if name not in header]:
        raise MalformedFile(
            f"The header lacks {' and '.join(lacking)}; files in other forms go to POST /api/imports/."
        )
    layout = recognise(sample, ReadOptions())
    if layout.ignored:
        unknown = [InputError(name or "(no name)", "unknown column") for name in layout.ignored]
        raise InvalidInput(f"Unknown columns: {', '.join(error.field for error in unknown)[:300]}.", unknown)
    found, faults = [], 0
    for batch in batches(stream, layout, zone, Start(layout.data, len(body), latest_us=_latest_us())):
        found.append(batch)
        faults += len(batch.rejects) + sum(len(rows) for rows in batch.rows.left_out.values())
        refuse_too_many_faults(faults)
    first = layout.data.line + 1
    rejects = [reject for batch in found for reject in batch.rejects]
    left_out = [value for batch in found for value in _left_out(batch.rows)]
    blocks = tuple(batch.rows.columns for batch in found)
    blank = np.array([line for batch in found for line in batch.blank], dtype=np.int64)
    rows = tuple(
        batch.rows.row - first - np.searchsorted(blank, batch.rows.row).astype(np.int64) for batch in found
    )
    return _Read(blocks, rows, _from_0(rejects, blank, first), _from_0(left_out, blank, first))


def _latest_us() -> int:
    return int((time.time() + FUTURE_S) * 1_000_000)


def _faults(valid: Validated) -> int:
    return len(valid.rejects) + sum(len(rows) for rows in valid.left_out.values())


def _left_out(valid: Validated) -> tuple[Reject, ...]:
    """The values that were left out, one by one."""
    found = [
        Reject(row, *sentence.split(": ", 1))
        for sentence, rows in valid.left_out.items()
        for row in rows.tolist()
    ]
    return tuple(sorted(found, key=lambda value: (value.row, value.field or "")))


def _from_0(rejects: list[Reject], blank: IntArray, first_line: int) -> tuple[Reject, ...]:
    """Lines to indexes of rows: blank lines are no rows."""
    return tuple(
        Reject(reject.row - first_line - int(np.searchsorted(blank, reject.row)), reject.field, reject.reason)
        for reject in rejects
    )
