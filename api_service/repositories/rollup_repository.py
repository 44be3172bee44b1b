"""The table `rollups`: hours of readings, days of hours, a life of days; stored only as sums and extremes.

A device's rollups are changed only by who holds its row in `devices` (see `device_repository.lock_devices`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import MEASURES, IntArray, distinct
from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import DAY_US, HOUR_US
from api_service.metering.rollups import (
    BEFORE_ALL,
    COUNTS,
    MAXIMA,
    MINIMA,
    MOMENTS,
    NEVER,
    SUMS,
    VALUES,
    Column,
    RollupBlock,
    columns_for,
    concatenated,
    default,
    grouped,
)
from api_service.metering.windows import RollupSpan
from api_service.models import Rollup
from api_service.repositories.bulk import EpochUs, insert_rows, named_numbers, one_of

ROLLUPS = cast(Table, Rollup.__table__)
# All of a device's life lies in one bucket, whose moment means nothing.
WIDTHS_US = {"hour": HOUR_US, "day": DAY_US, "life": None}
LIFE_BUCKET_US = 0

_SELECTED = (
    ROLLUPS.c.cluster,
    EpochUs(ROLLUPS.c.bucket).label("bucket_us"),
    ROLLUPS.c.device_state,
    *((EpochUs(ROLLUPS.c[name]).label(name) if name in MOMENTS else ROLLUPS.c[name]) for name in VALUES),
)
# Made once: so many columns take longer to put together than to read.
_ROWS, _LEVELS = select(*_SELECTED), select(ROLLUPS.c.resolution, *_SELECTED)
ADDED = columns_for(MEASURES)
"""What `sum_rollups` can add up: everything but the moments of extremes."""


def _added(name: str) -> ColumnElement[Any]:
    """A column's value for several rows together."""
    column = ROLLUPS.c[name]
    if name in COUNTS:
        return cast_to(func.sum(column), BigInteger)
    if name in SUMS:
        return func.sum(column)
    if name in MINIMA:
        return func.min(column)
    if name in MAXIMA:
        return func.max(column)
    # Where nothing was read the column holds the bucket's start.
    read = case((ROLLUPS.c.n > 0, column))
    return EpochUs(func.min(read) if name == "first_at" else func.max(read))


@lru_cache(maxsize=256)
def _added_up(spans: int, names: tuple[str, ...]) -> Select[Any] | CompoundSelect[Any]:
    """So many spans in one statement; the parameters of each end with its place."""
    keys = ROLLUPS.c.cluster, ROLLUPS.c.device_state
    sums = (_added(name).label(name) for name in names)
    added = select(keys[0], literal_column("0"), keys[1], *sums).group_by(*keys)
    terms = [
        added.where(
            ROLLUPS.c.resolution == bindparam(f"of_resolution_{place}"),
            named_numbers(ROLLUPS.c.cluster, f"of_clusters_{place}"),
            ROLLUPS.c.bucket >= bindparam(f"from_bucket_{place}"),
            ROLLUPS.c.bucket < bindparam(f"until_bucket_{place}"),
        )
        for place in range(spans)
    ]
    return terms[0] if spans == 1 else union_all(*terms)


_STATES = select(ROLLUPS.c.cluster, ROLLUPS.c.device_state, ROLLUPS.c.n).where(
    ROLLUPS.c.resolution == "life",
    named_numbers(ROLLUPS.c.cluster, "of_clusters"),
    ROLLUPS.c.n > 0,
)


def rows_of(span: RollupSpan) -> ColumnElement[bool]:
    """Which rows of the table a span means."""
    return and_(
        ROLLUPS.c.resolution == span.resolution,
        one_of(ROLLUPS.c.cluster, span.clusters),
        ROLLUPS.c.bucket >= from_epoch_us(span.start_us),
        ROLLUPS.c.bucket < from_epoch_us(span.end_us),
    )


def life_of(clusters: Sequence[int]) -> RollupSpan:
    """The whole life of some devices."""
    return RollupSpan("life", tuple(clusters), LIFE_BUCKET_US, LIFE_BUCKET_US + 1)


async def load_rollups(session: AsyncSession, spans: Sequence[RollupSpan]) -> RollupBlock:
    """The stored rollups of all spans, in no order."""
    if not spans:
        return concatenated([])
    return await _load(session, [rows_of(span) for span in spans])


async def sum_rollups(
    session: AsyncSession, spans: Sequence[RollupSpan], names: Sequence[str] = ADDED
) -> RollupBlock:
    """The stored rollups of all spans, added up by device and state in the database, one row each a span.

    Of the columns `names` alone, the others are as if nothing had been read. The moments of extremes are none
    of them: they cost more than all the rest.
    """
    if not spans:
        return concatenated([])
    given: dict[str, Any] = {}
    for place, span in enumerate(spans):
        given |= {
            f"of_resolution_{place}": span.resolution,
            f"of_clusters_{place}": list(span.clusters),
            f"from_bucket_{place}": from_epoch_us(span.start_us),
            f"until_bucket_{place}": from_epoch_us(span.end_us),
        }
    names = tuple(names)
    return block_of((await session.execute(_added_up(len(spans), names), given)).all(), names)


async def replace_rollups(session: AsyncSession, span: RollupSpan, rollups: RollupBlock) -> None:
    """Put `rollups` in the place of whatever is stored in `span`."""
    await session.execute(delete(ROLLUPS).where(rows_of(span)))
    await _insert(session, {span.resolution: rollups})


async def add_rollups(session: AsyncSession, hours: RollupBlock, last_seen_us: Mapping[int, int]) -> None:
    """Add new readings' hours to the stored hours, days and lives.

    `last_seen_us` holds the newest reading stored before, for each device that had any: no bucket that
    begins later can be stored yet.
    """
    added, levels, conditions = hours, {}, []
    for resolution, width_us in WIDTHS_US.items():
        added = grouped(added.in_buckets(_bucket(added.bucket_us, width_us)))
        levels[resolution] = added
        if len(known := _perhaps_stored(added, last_seen_us)):
            conditions.append(_keys_of(resolution, added, known))
    if conditions:
        for resolution, stored in (await _load_levels(session, conditions)).items():
            levels[resolution] = grouped(concatenated([stored, levels[resolution]]))
        await session.execute(delete(ROLLUPS).where(or_(*conditions)))
    await _insert(session, levels)


def _keys_of(resolution: str, rollups: RollupBlock, rows: IntArray) -> ColumnElement[bool]:
    """The stored rows of the devices and buckets of these rollups."""
    buckets_us, width_us = distinct(rollups.bucket_us[rows]), WIDTHS_US[resolution] or 0
    clusters = tuple(distinct(rollups.cluster[rows]))
    if buckets_us[-1] - buckets_us[0] == (len(buckets_us) - 1) * width_us:
        # One after another, as those of live readings: the same statement whatever their number.
        return rows_of(RollupSpan(resolution, clusters, buckets_us[0], buckets_us[-1] + 1))
    return and_(
        ROLLUPS.c.resolution == resolution,
        one_of(ROLLUPS.c.cluster, clusters),
        ROLLUPS.c.bucket.in_([from_epoch_us(bucket) for bucket in buckets_us]),
    )


async def _load_levels(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]]
) -> dict[str, RollupBlock]:
    """The stored rollups that fulfil any of the conditions, by resolution; each row must fulfil one alone."""
    selects = [_LEVELS.where(condition) for condition in conditions]
    rows: dict[str, list[Any]] = {}
    for resolution, *row in (await session.execute(union_all(*selects))).all():
        rows.setdefault(resolution, []).append(row)
    return {resolution: block_of(found) for resolution, found in rows.items()}


async def rebuild_above_hours(session: AsyncSession, cluster: int, ranges: Sequence[tuple[int, int]]) -> None:
    """Make the days that these ranges touch from their hours again, and the device's life from its days."""
    for start_us, end_us in ranges:
        first_us, last_us = start_us // DAY_US * DAY_US, -(-end_us // DAY_US) * DAY_US
        hours = await load_rollups(session, [RollupSpan("hour", (cluster,), first_us, last_us)])
        days = grouped(hours.in_buckets(_bucket(hours.bucket_us, DAY_US)))
        await replace_rollups(session, RollupSpan("day", (cluster,), first_us, last_us), days)
    days = await _load(session, [and_(ROLLUPS.c.resolution == "day", ROLLUPS.c.cluster == cluster)])
    await replace_rollups(session, life_of([cluster]), grouped(days.in_buckets(LIFE_BUCKET_US)))


async def load_state_counts(session: AsyncSession, clusters: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many readings of each state ("": none) are stored of each of these devices that has any."""
    counts: dict[int, dict[str, int]] = {}
    for cluster, state, count in (await session.execute(_STATES, {"of_clusters": list(clusters)})).all():
        counts.setdefault(cluster, {})[state] = count
    return counts


def _perhaps_stored(rollups: RollupBlock, last_seen_us: Mapping[int, int]) -> IntArray:
    until_us = np.array([last_seen_us.get(cluster, BEFORE_ALL) for cluster in rollups.cluster.tolist()])
    is_life = rollups.bucket_us == LIFE_BUCKET_US
    return np.flatnonzero((until_us > BEFORE_ALL) & (is_life | (rollups.bucket_us <= until_us)))


def _bucket(moment_us: IntArray, width_us: int | None) -> IntArray | int:
    return LIFE_BUCKET_US if width_us is None else moment_us // width_us * width_us


async def _load(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> RollupBlock:
    selects: list[Select[Any]] = [_ROWS.where(condition) for condition in conditions]
    return block_of((await session.execute(selects[0] if len(selects) == 1 else union_all(*selects))).all())


def block_of(rows: Sequence[Any], names: Sequence[str] = VALUES) -> RollupBlock:
    """Rows of cluster, bucket, state and these columns; all moments are epoch microseconds."""
    if not rows:
        return concatenated([])
    cluster, bucket_us, state, *values = zip(*rows, strict=True)
    columns = {name: default(name, len(rows)) for name in VALUES if name not in names}
    columns |= {name: _column(name, column) for name, column in zip(names, values, strict=True)}
    is_read = columns["n"] > 0
    columns["first_at"] = np.where(is_read, columns["first_at"], NEVER)
    columns["last_at"] = np.where(is_read, columns["last_at"], BEFORE_ALL)
    return RollupBlock(np.array(cluster, np.int64), np.array(bucket_us, np.int64), state, columns)


def _column(name: str, values: Sequence[Any]) -> Column:
    if name in MOMENTS:
        return np.array([NEVER if value is None else value for value in values], np.int64)
    if name in COUNTS:
        return np.array(values, np.int64)
    return np.array(values, np.float64)


async def _insert(session: AsyncSession, levels: Mapping[str, RollupBlock]) -> None:
    rollups = concatenated(list(levels.values()))
    if not len(rollups):
        return
    is_read = rollups.columns["n"] > 0
    # The table wants a moment even in an hour that a curve crosses without a reading.
    ends = {
        name: np.where(is_read, rollups.columns[name], rollups.bucket_us) for name in ("first_at", "last_at")
    }
    columns = replace(rollups, columns={**rollups.columns, **ends}).columns
    await insert_rows(
        session,
        ROLLUPS,
        {
            "resolution": [resolution for resolution, level in levels.items() for _ in range(len(level))],
            "cluster": rollups.cluster,
            "bucket": rollups.bucket_us,
            "device_state": list(rollups.state),
            **{name: _stored(name, column) for name, column in columns.items()},
        },
    )


def _stored(name: str, column: Column) -> Any:
    if name in MOMENTS:
        return [None if moment == NEVER else moment for moment in column.tolist()]
    return column
