"""The stored readings of many spans in one statement, as columns, without an object for every value."""

import asyncio
import json
from collections.abc import Sequence

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import ReadingBlock
from api_service.metering.windows import Span
from api_service.repositories.binary_copy import decode_readings
from api_service.repositories.bulk import driver_of, is_sqlite
from api_service.repositories.reading_spans import READINGS


async def load_stretches(session: AsyncSession, spans: Sequence[Span], names: Sequence[str]) -> ReadingBlock:
    """The readings within spans of one device each, in no order; of the measures only these columns.

    The session must have spoken to the database before.
    """
    if not spans:
        return _block([], names)
    if is_sqlite(session):
        return await _from_sqlite(session, spans, names)
    return await _from_postgresql(session, spans, names)


async def _from_sqlite(session: AsyncSession, spans: Sequence[Span], names: Sequence[str]) -> ReadingBlock:
    columns = "".join(f"r.{name}, " for name in names)
    # CROSS JOIN keeps the order of the tables: one search in the index for each span.
    statement = f"""
        SELECT r.timestamp, r.cluster, {columns} r.device_state
        FROM json_each(?) AS span CROSS JOIN {READINGS.name} AS r
        WHERE r.cluster = json_extract(span.value, '$[0]')
          AND r.timestamp >= json_extract(span.value, '$[1]')
          AND r.timestamp < json_extract(span.value, '$[2]')
    """  # noqa: S608 (our names)
    given = json.dumps([(span.clusters[0], span.start_us, span.end_us) for span in spans])
    rows = await (await driver_of(session)).execute_fetchall(statement, (given,))
    return await asyncio.to_thread(_block, list(rows), names)


async def _from_postgresql(
    session: AsyncSession, spans: Sequence[Span], names: Sequence[str]
) -> ReadingBlock:
    # COPY takes no parameters; these are whole numbers. OFFSET 0 keeps one search in the index for each span.
    clusters, starts, ends = (
        ",".join(str(number) for number in column)
        for column in zip(*((span.clusters[0], span.start_us, span.end_us) for span in spans), strict=True)
    )
    columns = "".join(f"coalesce(r.{name}, 'NaN'), " for name in names)
    statement = f"""
        SELECT found.* FROM unnest('{{{clusters}}}'::int[], '{{{starts}}}'::bigint[], '{{{ends}}}'::bigint[])
            AS span (cluster, start_us, end_us),
        LATERAL (
            SELECT r.timestamp, r.cluster, {columns} r.device_state FROM {READINGS.name} AS r
            WHERE r.cluster = span.cluster
              AND r.timestamp >= 'epoch'::timestamptz + span.start_us * interval '1 microsecond'
              AND r.timestamp < 'epoch'::timestamptz + span.end_us * interval '1 microsecond'
            OFFSET 0
        ) AS found
    """  # noqa: S608 (our names)
    pieces: list[bytes] = []

    async def keep(piece: bytes) -> None:
        pieces.append(piece)

    await (await driver_of(session)).copy_from_query(statement, output=keep, format="binary")
    return await asyncio.to_thread(decode_readings, b"".join(pieces), names)


def _block(rows: Sequence[Sequence[object]], names: Sequence[str]) -> ReadingBlock:
    columns = list(zip(*rows, strict=True)) or [()] * (len(names) + 3)
    return ReadingBlock(
        timestamp_us=np.array(columns[0], np.int64),
        cluster=np.array(columns[1], np.int64),
        values={
            name: np.array(column, np.float64) for name, column in zip(names, columns[2:-1], strict=True)
        },
        device_state=columns[-1],
    )
