"""Readings, devices, imports and rollups."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api_service.models.base import Base, UtcDateTime

# SQLite counts up by itself only in a column declared INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class ElectricalData(Base):
    """One reading of one cluster, identified by (`cluster`, `timestamp`).

    Units: V, A, kW, kvar, kVA, power factor −1…1, Hz, THD percent, W. `real_power_watt` is what averages and
    energy are made of. `import_number` says which import stored the row (null: sent live).
    """

    __tablename__ = "electrical_data"
    __table_args__ = (UniqueConstraint("cluster", "timestamp"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    timestamp: Mapped[datetime] = mapped_column(UtcDateTime)
    voltage: Mapped[float | None] = mapped_column(Double)
    current: Mapped[float | None] = mapped_column(Double)
    real_power: Mapped[float | None] = mapped_column(Double)
    reactive_power: Mapped[float | None] = mapped_column(Double)
    apparent_power: Mapped[float | None] = mapped_column(Double)
    power_factor: Mapped[float | None] = mapped_column(Double)
    frequency: Mapped[float | None] = mapped_column(Double)
    thd: Mapped[float | None] = mapped_column(Double)
    real_power_watt: Mapped[float | None] = mapped_column(Double)
    cluster: Mapped[int] = mapped_column(Integer)
    device_state: Mapped[str | None] = mapped_column(Text)
    import_number: Mapped[int | None] = mapped_column(Integer)


class Device(Base):
    """One row per cluster, kept by the same writes as the readings; "now" questions read only this.

    `median_period_s` is the median spacing of its readings, `max_sample_period_s` the user's own limit for a
    gap (null: 10 × the median, at least 60 s). `interval_s` is the length of the interval of which each power
    is the mean, from the reading's time on (null: readings are of an instant). `first_power_at` and
    `last_power_at` are those of its readings that carry a power. Spacings of these longer than
    `gap_floor_us` stand in `device_gaps`. `groups` are the rooms, phases or circuits it belongs to; the role
    `mains` says that it measures what all others draw together. Its readings before `dropped_until` were
    dropped to save space; of all before `readings_from` rollups alone count (null: all readings are there).
    """

    __tablename__ = "devices"

    cluster: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    given_name: Mapped[str | None] = mapped_column(String(200))
    file_name: Mapped[str | None] = mapped_column(String(200))
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    last_state: Mapped[str | None] = mapped_column(Text)
    last_power_w: Mapped[float | None] = mapped_column(Double)
    last_thd_percent: Mapped[float | None] = mapped_column(Double)
    median_period_s: Mapped[float | None] = mapped_column(Double)
    max_sample_period_s: Mapped[float | None] = mapped_column(Double)
    interval_s: Mapped[float | None] = mapped_column(Double)
    first_power_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_power_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gap_floor_us: Mapped[int] = mapped_column(BigInteger, server_default="60000000")
    groups: Mapped[list[str] | None] = mapped_column(JSON)
    role: Mapped[str | None] = mapped_column(String(16))
    dropped_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    readings_from: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeviceSpacing(Base):
    """How often each spacing of neighbouring readings occurs in a device's life, to three digits.

    Kept by the same writes as the readings, so that the median spacing is known without looking at them.
    """

    __tablename__ = "device_spacings"

    cluster: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    spacing_us: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger)


class DeviceGap(Base):
    """Two neighbouring readings with power of one device, further apart than `devices.gap_floor_us`."""

    __tablename__ = "device_gaps"

    cluster: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start_us: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    end_us: Mapped[int] = mapped_column(BigInteger)


class ImportSpan(Base):
    """Where the readings of one import lie: first and last of each device, what undoing looks through.

    `import_number` is also kept with each reading that the import stored.
    """

    __tablename__ = "import_spans"

    import_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cluster: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_us: Mapped[int] = mapped_column(BigInteger)
    last_us: Mapped[int] = mapped_column(BigInteger)


class DeviceSource(Base):
    """A device as files name it: the same name is the same cluster, whichever file it comes from."""

    __tablename__ = "device_sources"

    source_key: Mapped[str] = mapped_column(Text, primary_key=True)
    cluster: Mapped[int] = mapped_column(Integer, index=True)


class ImportState(StrEnum):
    """Where an import stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Import(Base):
    """The progress of one file: committed together with the rows it speaks of.

    `number` counts imports; it is what readings carry.
    """

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[int | None] = mapped_column(Integer, unique=True)
    file_name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    byte_offset: Mapped[int] = mapped_column(BigInteger, default=0)
    line: Mapped[int] = mapped_column(BigInteger, default=0)
    accepted: Mapped[int] = mapped_column(BigInteger, default=0)
    duplicates: Mapped[int] = mapped_column(BigInteger, default=0)
    rejected: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Rollup(Base):
    """Sums over one UTC hour or day, or a device's whole life, per device state; a mean is always derived.

    `n` counts readings, `<quantity>_n` those that carried the quantity. `energy_wh` and `covered_s` belong to
    the bucket as a whole and are attributed to the state of the reading that begins each interval.
    `pf_real_sum_w` and `pf_apparent_sum_va` run over the readings that carry both, so that ΣP/ΣS is exact.
    """

    __tablename__ = "rollups"

    resolution: Mapped[str] = mapped_column(String(8), primary_key=True)
    cluster: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bucket: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    device_state: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    power_n: Mapped[int] = mapped_column(BigInteger)
    power_sum_w: Mapped[float] = mapped_column(Double)
    power_min_w: Mapped[float | None] = mapped_column(Double)
    power_min_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    power_max_w: Mapped[float | None] = mapped_column(Double)
    power_max_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    thd_n: Mapped[int] = mapped_column(BigInteger)
    thd_sum_percent: Mapped[float] = mapped_column(Double)
    thd_max_percent: Mapped[float | None] = mapped_column(Double)
    thd_max_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voltage_n: Mapped[int] = mapped_column(BigInteger)
    voltage_sum_v: Mapped[float] = mapped_column(Double)
    voltage_min_v: Mapped[float | None] = mapped_column(Double)
    voltage_max_v: Mapped[float | None] = mapped_column(Double)
    current_n: Mapped[int] = mapped_column(BigInteger)
    current_sum_a: Mapped[float] = mapped_column(Double)
    current_max_a: Mapped[float | None] = mapped_column(Double)
    reactive_n: Mapped[int] = mapped_column(BigInteger)
    reactive_sum_var: Mapped[float] = mapped_column(Double)
    apparent_n: Mapped[int] = mapped_column(BigInteger)
    apparent_sum_va: Mapped[float] = mapped_column(Double)
    frequency_n: Mapped[int] = mapped_column(BigInteger)
    frequency_sum_hz: Mapped[float] = mapped_column(Double)
    frequency_min_hz: Mapped[float | None] = mapped_column(Double)
    frequency_max_hz: Mapped[float | None] = mapped_column(Double)
    pf_real_sum_w: Mapped[float] = mapped_column(Double)
    pf_apparent_sum_va: Mapped[float] = mapped_column(Double)
    energy_wh: Mapped[float] = mapped_column(Double)
    covered_s: Mapped[float] = mapped_column(Double)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
