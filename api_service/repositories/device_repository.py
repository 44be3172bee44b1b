"""The table `devices`: one row per cluster, and the lock that orders all writes about a device."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import numpy as np
from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import ReadingBlock
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.spacings import MIN_GAP_FLOOR_US
from api_service.metering.windows import KnownDevice
from api_service.models import Device
from api_service.repositories.bulk import insert_into, is_sqlite, one_of

DEVICES = cast(Table, Device.__table__)

MIN_LARGEST_PERIOD_S = 60.0
LARGEST_PERIOD_PER_MEDIAN = 10.0
# A meter read monthly is still bridged; a device whose clock once stood at 1970 is not, for half a century.
MAX_LARGEST_PERIOD_S = 31 * 86_400.0


@dataclass(frozen=True)
class StoredDevice:
    """One row of `devices`. `last_*` are what its newest reading holds."""

    cluster: int
    first_seen: datetime
    last_seen: datetime
    given_name: str | None = None
    file_name: str | None = None
    last_state: str | None = None
    last_power_w: float | None = None
    last_thd_percent: float | None = None
    median_period_s: float | None = None
    max_sample_period_s: float | None = None
    interval_s: float | None = None
    first_power_at: datetime | None = None
    last_power_at: datetime | None = None
    gap_floor_us: int = MIN_GAP_FLOOR_US
    groups: list[str] | None = None
    role: str | None = None
    dropped_until: datetime | None = None
    readings_from: datetime | None = None

    @property
    def readings_from_us(self) -> int | None:
        """The whole hour before which rollups alone count; None where all readings are there."""
        return None if self.readings_from is None else epoch_us(self.readings_from)

    @property
    def largest_gap_s(self) -> float:
        """The longest spacing that its power curve bridges: its user's, else max(60, 10 × median)."""
        if self.max_sample_period_s is not None:
            return self.max_sample_period_s
        by_median_s = LARGEST_PERIOD_PER_MEDIAN * (self.median_period_s or 0.0)
        return min(max(MIN_LARGEST_PERIOD_S, by_median_s), MAX_LARGEST_PERIOD_S)

    @property
    def largest_gap_us(self) -> int:
        """The same in whole microseconds."""
        return max(round(self.largest_gap_s * 1_000_000), self.interval_us)

    @property
    def interval_us(self) -> int:
        """The length of the interval that a reading is the mean of; 0 for instants."""
        return round((self.interval_s or 0.0) * 1_000_000)

    @property
    def curve_end_us(self) -> int:
        """Where its power curve ends at the latest."""
        return self.last_seen_us + self.interval_us

    @property
    def first_seen_us(self) -> int:
        """Its first reading in epoch microseconds."""
        return epoch_us(self.first_seen)

    @property
    def last_seen_us(self) -> int:
        """Its newest reading in epoch microseconds."""
        return epoch_us(self.last_seen)


_ROWS = select(*(DEVICES.c[name] for name in StoredDevice.__dataclass_fields__)).order_by(DEVICES.c.cluster)


async def load_devices(
    session: AsyncSession, clusters: Sequence[int] | None = None
) -> dict[int, StoredDevice]:
    """The known ones of these clusters (all by default), in order of cluster."""
    statement = _ROWS if clusters is None else _ROWS.where(one_of(DEVICES.c.cluster, clusters))
    return _by_cluster((await session.execute(statement)).all())


def _by_cluster(rows: Sequence[Any]) -> dict[int, StoredDevice]:
    return {row.cluster: StoredDevice(*row) for row in rows}


async def lock_devices(session: AsyncSession, clusters: Sequence[int]) -> dict[int, StoredDevice]:
    """The known ones of these clusters, held by this transaction until it ends.

    Writers lock in order of cluster and so never wait for each other in a circle. On SQLite the write
    transaction itself is the lock.
    """
    statement = _ROWS.where(one_of(DEVICES.c.cluster, clusters))
    if not is_sqlite(session):
        # READ COMMITTED: the rows come as they stand once they are held.
        statement = statement.with_for_update()
    return _by_cluster((await session.execute(statement)).all())


async def add_devices(session: AsyncSession, first_seen_us: Mapping[int, int]) -> None:
    """Make rows for clusters that have none; another transaction that makes the same ones is waited for."""
    rows = [
        {"cluster": cluster, "first_seen": from_epoch_us(moment), "last_seen": from_epoch_us(moment)}
        for cluster, moment in sorted(first_seen_us.items())
    ]
    await session.execute(insert_into(session, DEVICES).on_conflict_do_nothing(), rows)


async def save_devices(session: AsyncSession, devices: Iterable[StoredDevice]) -> None:
    """Store rows of devices that this transaction holds."""
    names = [name for name in StoredDevice.__dataclass_fields__ if name != "cluster"]
    statement = (
        update(DEVICES)
        .where(DEVICES.c.cluster == bindparam("key"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    rows = [
        {"key": device.cluster, **{f"new_{name}": getattr(device, name) for name in names}}
        for device in devices
    ]
    if rows:
        await (await session.connection()).execute(statement, rows)


def with_intervals(readings: ReadingBlock, devices: Iterable[KnownDevice]) -> ReadingBlock:
    """Stored readings with what is known of their devices' intervals."""
    lengths = {device.cluster: device.interval_us for device in devices if device.interval_us}
    return replace(readings, interval_us=lengths) if lengths else readings


async def rename(session: AsyncSession, cluster: int, given_name: str | None) -> None:
    """Give a device that this transaction holds a name; None takes it away."""
    await session.execute(update(DEVICES).where(DEVICES.c.cluster == cluster).values(given_name=given_name))


async def set_columns(session: AsyncSession, cluster: int, values: Mapping[str, Any]) -> None:
    """Set what only users set of a device that this transaction holds, such as its groups."""
    await session.execute(update(DEVICES).where(DEVICES.c.cluster == cluster).values(dict(values)))


def with_readings(device: StoredDevice, readings: ReadingBlock, *, is_new: bool) -> StoredDevice:
    """The device after readings of its own, in order."""
    first_us, last_us = int(readings.timestamp_us[0]), int(readings.timestamp_us[-1])
    device = _with_power(device, readings)
    if not is_new:
        device = replace(device, first_seen=min(device.first_seen, from_epoch_us(first_us)))
        if last_us <= device.last_seen_us:
            return device
    if is_new:
        device = replace(device, first_seen=from_epoch_us(first_us))
    return with_newest(device, readings)


def with_newest(device: StoredDevice, readings: ReadingBlock) -> StoredDevice:
    """The device with the last one of these readings (in order) as its newest."""
    return replace(
        device,
        last_seen=from_epoch_us(int(readings.timestamp_us[-1])),
        last_state=readings.device_state[-1],
        last_power_w=_number(readings.measure("real_power_watt")[-1]),
        last_thd_percent=_number(readings.measure("thd")[-1]),
    )


def with_changed(device: StoredDevice, readings: ReadingBlock) -> StoredDevice:
    """The device after stored readings of its own (in order) have got other values in the block's columns."""
    device = _with_power(device, readings)
    if int(readings.timestamp_us[-1]) != device.last_seen_us:
        return device
    newest = {name: _number(column[-1]) for name, column in readings.values.items()}
    return replace(
        device,
        last_state=readings.device_state[-1],
        last_power_w=newest.get("real_power_watt", device.last_power_w),
        last_thd_percent=newest.get("thd", device.last_thd_percent),
    )


def _with_power(device: StoredDevice, readings: ReadingBlock) -> StoredDevice:
    powered = readings.timestamp_us[~np.isnan(readings.measure("real_power_watt"))]
    if not len(powered):
        return device
    first, last = from_epoch_us(int(powered[0])), from_epoch_us(int(powered[-1]))
    return replace(
        device,
        first_power_at=min(device.first_power_at or first, first),
        last_power_at=max(device.last_power_at or last, last),
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
