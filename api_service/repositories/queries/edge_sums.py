"""Readings of a short span added up by the database, with the curve through them: a window's ragged edges.

What `metering.rollups.of_readings` makes of the same readings, without their way out of the database.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy import BigInteger, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.measure import Measure
from api_service.metering.measures import MEASURES
from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import MICROSECONDS
from api_service.metering.rollups import RollupBlock, columns_for
from api_service.metering.units import JOULES_PER_WATT_HOUR
from api_service.metering.windows import Span
from api_service.models import UtcDateTime
from api_service.repositories.bulk import is_sqlite
from api_service.repositories.rollup_repository import block_of

# `{devices}` gives each device with its largest gap, `{at_us}` a reading's moment in epoch microseconds.
_STATEMENT = """
WITH devices AS ({devices}), readings AS (
  SELECT {own}, TRUE AS is_inside, {values}
  FROM devices AS d JOIN electrical_data AS r ON r.cluster = d.cluster
  WHERE r.timestamp >= :start AND r.timestamp < :end
  UNION ALL
  SELECT {own}, FALSE, {no_values} FROM devices AS d JOIN electrical_data AS r ON r.cluster = d.cluster
  WHERE r.timestamp >= :earliest AND r.timestamp < :start AND r.timestamp = (
    SELECT o.timestamp FROM electrical_data AS o
    WHERE o.cluster = d.cluster AND o.real_power_watt IS NOT NULL
    AND o.timestamp >= :earliest AND o.timestamp < :start ORDER BY o.timestamp DESC LIMIT 1)
  UNION ALL
  SELECT {own}, FALSE, {no_values} FROM devices AS d JOIN electrical_data AS r ON r.cluster = d.cluster
  WHERE r.timestamp >= :end AND r.timestamp < :latest AND r.timestamp = (
    SELECT o.timestamp FROM electrical_data AS o
    WHERE o.cluster = d.cluster AND o.real_power_watt IS NOT NULL
    AND o.timestamp >= :end AND o.timestamp < :latest ORDER BY o.timestamp LIMIT 1)
), curve AS (
  SELECT readings.*, LEAD(at_us) OVER along AS next_us, LEAD(power_w) OVER along AS next_w FROM readings
  WINDOW along AS (PARTITION BY cluster, power_w IS NULL ORDER BY at_us)
), pieces AS (
  SELECT curve.*, CAST(next_us - at_us AS DOUBLE PRECISION) AS length_us,
  CASE WHEN at_us < :start_us THEN :start_us ELSE at_us END AS from_us,
  CASE WHEN next_us > :end_us THEN :end_us ELSE next_us END AS until_us,
  power_w IS NOT NULL AND next_us - at_us <= gap_us AND next_us > :start_us AND at_us < :end_us AS is_drawn
  FROM curve
), ends AS (
  SELECT pieces.*,
  CASE WHEN from_us = at_us THEN power_w
  ELSE power_w * (1 - (from_us - at_us) / length_us) + next_w * ((from_us - at_us) / length_us) END AS from_w,
  CASE WHEN until_us = next_us THEN next_w
  ELSE power_w * (1 - (until_us - at_us) / length_us) + next_w * ((until_us - at_us) / length_us)
  END AS until_w
  FROM pieces
)
SELECT cluster, 0, state, {sums} FROM ends GROUP BY cluster, state
"""
_AT_US = {True: "r.timestamp", False: "CAST(extract(epoch FROM r.timestamp) * 1000000 AS bigint)"}
_DEVICES = {
    True: "SELECT CAST(key AS INTEGER) AS cluster, value AS gap_us FROM json_each(:gaps)",
    False: "SELECT CAST(key AS integer) AS cluster, CAST(value AS bigint) AS gap_us "
    "FROM json_each_text(CAST(:gaps AS json))",
}


async def sum_readings(
    session: AsyncSession, span: Span, gaps_us: Mapping[int, int], names: Sequence[str]
) -> RollupBlock:
    """The readings of a span and the curve within it by device and state: `columns_for(names)` in one bucket.

    The devices must give instants: no means of intervals.
    """
    reach_us = max(gaps_us[cluster] for cluster in span.clusters)
    given = {
        "gaps": json.dumps({str(cluster): gaps_us[cluster] for cluster in span.clusters}),
        "earliest": from_epoch_us(span.start_us - reach_us),
        "start": from_epoch_us(span.start_us),
        "end": from_epoch_us(span.end_us),
        "latest": from_epoch_us(span.end_us + reach_us + 1),
        "start_us": span.start_us,
        "end_us": span.end_us,
    }
    statement = _statement(tuple(names), is_sqlite=is_sqlite(session))
    return block_of((await session.execute(statement, given)).all(), columns_for(names))


@lru_cache(maxsize=64)
def _statement(names: tuple[str, ...], *, is_sqlite: bool) -> TextClause:
    sums = _sums()
    read = [row for row in MEASURES.values() if any(column.name in names for column in row.columns)]
    own = f"r.cluster, d.gap_us, {_AT_US[is_sqlite]} AS at_us, r.real_power_watt AS power_w, "
    statement = _STATEMENT.format(
        devices=_DEVICES[is_sqlite],
        own=own + "COALESCE(r.device_state, '') AS state",
        values=", ".join(f"{_value(row)} AS {row.key}" for row in read),
        no_values=", ".join(f"CASE WHEN FALSE THEN {_value(row)} END" for row in read),
        sums=", ".join(sums[name] for name in columns_for(names)),
    )
    moments = [bindparam(name, type_=UtcDateTime()) for name in ("earliest", "start", "end", "latest")]
    edges = [bindparam(name, type_=BigInteger()) for name in ("start_us", "end_us")]
    return text(statement).bindparams(*moments, *edges)


def _value(row: Measure) -> str:
    """A recorded measure in its unit: of its columns the first one that has a value."""
    return f"COALESCE({', '.join(f'r.{column.name} * {column.to_unit!r}' for column in row.columns)}, NULL)"


def _sums() -> dict[str, str]:
    """How each column of a rollup is made of the readings."""
    length = f"(until_us - from_us) / {float(MICROSECONDS)!r}"
    sums = {
        "n": "SUM(CASE WHEN is_inside THEN 1 ELSE 0 END)",
        "first_at": "MIN(CASE WHEN is_inside THEN at_us END)",
        "last_at": "MAX(CASE WHEN is_inside THEN at_us END)",
        "covered_s": f"COALESCE(SUM(CASE WHEN is_drawn THEN {length} END), 0)",
        "energy_wh": f"COALESCE(SUM(CASE WHEN is_drawn THEN (from_w + until_w) / 2 * {length} END), 0) "
        f"/ {JOULES_PER_WATT_HOUR!r}",
    }
    for row in MEASURES.values():
        if row.rollup.sum and row.rollup.weight:
            above, below = row.derived_from
            sums[row.rollup.sum] = f"COALESCE(SUM(CASE WHEN {below} IS NOT NULL THEN {above} END), 0)"
            sums[row.rollup.weight] = f"COALESCE(SUM(CASE WHEN {above} IS NOT NULL THEN {below} END), 0)"
        elif row.columns:
            sums |= _level(row)
    return sums


def _level(row: Measure) -> dict[str, str]:
    kept = row.rollup
    sums: dict[str, str] = {}
    if kept.count and kept.sum:
        sums |= {kept.count: f"COUNT({row.key})", kept.sum: f"COALESCE(SUM({row.key}), 0)"}
    if kept.minimum:
        sums[kept.minimum.column] = f"MIN({row.key})"
    if kept.maximum:
        sums[kept.maximum.column] = f"MAX({row.key})"
    return sums
