"""Readings that arrive by request: read, validated and committed in one transaction."""

import asyncio
from dataclasses import dataclass
from io import BytesIO
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.sessions import SessionFactory, transaction
from api_service.ingest.blocks import read_head
from api_service.ingest.json_rows import decode_array, decode_lines, read_objects
from api_service.ingest.layout import recognise
from api_service.ingest.pipeline import Batch, Start, batches
from api_service.ingest.rows import Reject
from api_service.ingest.validate import Context, validate
from api_service.metering.blocks import ReadingBlock
from api_service.repositories.reading_repository import write_readings
from shared.errors import InputError, InvalidInput, UnsupportedMediaType
from shared.settings import Settings

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


@dataclass(frozen=True)
class ReadingsOutcome:
    """What became of the rows of one request; `rejected` by ascending row, from 0."""

    accepted: int
    duplicates: int
    rejected: tuple[Reject, ...]


@dataclass(frozen=True)
class _Read:
    """The good rows of a body in blocks, and its rejects."""

    blocks: tuple[ReadingBlock, ...]
    rejects: tuple[Reject, ...]


class ReadingsService:
    """Takes readings in; `sessions` opens the database that they are committed to."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._zone = settings.timezone

    async def add(self, media_type: str, body: bytes) -> ReadingsOutcome:
        """Store the rows of a body and return once they are committed; bad rows are left out and named.

        Raises `UnsupportedMediaType`, `InvalidInput` or `MalformedFile` for a body that cannot be read as
        rows at all (nothing is stored then), `DatabaseUnavailable`.
        """
        read = await asyncio.to_thread(_read, media_type, body, self._zone)
        accepted = duplicates = 0
        if any(len(block) for block in read.blocks):
            async with transaction(self._sessions) as session:
                accepted, duplicates = await _write(session, read.blocks)
        return ReadingsOutcome(accepted, duplicates, read.rejects)


async def _write(session: AsyncSession, blocks: tuple[ReadingBlock, ...]) -> tuple[int, int]:
    results = [await write_readings(session, block) for block in blocks if len(block)]
    return sum(result.accepted for result in results), sum(len(result.duplicates) for result in results)


def _read(media_type: str, body: bytes, zone: ZoneInfo) -> _Read:
    if media_type == CSV:
        return _read_csv(body, zone)
    if media_type not in {JSON, NDJSON}:
        raise UnsupportedMediaType(f"Send readings as {JSON}, {NDJSON} or {CSV}, not as {media_type or '?'}.")
    rows, rejects = read_objects(decode_array(body) if media_type == JSON else decode_lines(body))
    valid = validate(rows, Context(zone))
    ordered = sorted([*rejects, *valid.rejects], key=lambda reject: reject.row)
    return _Read((valid.columns,), tuple(ordered))


def _read_csv(body: bytes, zone: ZoneInfo) -> _Read:
    stream = BytesIO(body)
    head = read_head(stream)
    layout = recognise(head)
    if layout.ignored:
        unknown = [InputError(name or "(no name)", "unknown column") for name in layout.ignored]
        raise InvalidInput(f"Unknown columns: {', '.join(error.field for error in unknown)[:300]}.", unknown)
    found = list(batches(stream, layout, zone, Start(head.data, len(body), {})))
    return _Read(tuple(batch.rows.columns for batch in found), _numbered_from_0(found, head.data.line + 1))


def _numbered_from_0(found: list[Batch], first_line: int) -> tuple[Reject, ...]:
    """Lines to indexes of rows: blank lines are no rows."""
    blank = np.array([line for batch in found for line in batch.blank], dtype=np.int64)
    return tuple(
        Reject(reject.row - first_line - int(np.searchsorted(blank, reject.row)), reject.field, reject.reason)
        for batch in found
        for reject in batch.rejects
    )
