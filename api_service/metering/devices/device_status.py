"""One device as it stands; pure."""

from dataclasses import dataclass
from datetime import datetime

from api_service.metering.moments import epoch_us


@dataclass(frozen=True)
class DeviceStatus:
    """A device's resolved name, its newest reading, its spacing.

    `max_sample_period_s` is the gap in force: the user's own, else max(60, 10 × median spacing).
    `groups` are rooms, phases or circuits; the role "mains" measures what all others draw together.
    `file_name` is what an import called it, whatever its name is now.
    Before `readings_from` only rollups of its readings are kept (None: all readings are there).
    `interval_s`: its readings are means of intervals that long, stamped at the start (None: instants).
    """

    cluster: int
    name: str
    first_seen: datetime
    last_seen: datetime
    last_state: str | None
    last_power_w: float | None
    last_thd_percent: float | None
    median_period_s: float | None
    max_sample_period_s: float
    groups: tuple[str, ...] = ()
    role: str | None = None
    interval_s: float | None = None
    file_name: str | None = None
    readings_from: datetime | None = None

    @property
    def readings_from_us(self) -> int | None:
        """The whole hour before which rollups alone count; None where all readings are there."""
        return None if self.readings_from is None else epoch_us(self.readings_from)

    @property
    def first_seen_us(self) -> int:
        """Its first reading in epoch microseconds."""
        return epoch_us(self.first_seen)

    @property
    def last_seen_us(self) -> int:
        """Its newest reading in epoch microseconds."""
        return epoch_us(self.last_seen)

    @property
    def largest_gap_us(self) -> int:
        """The longest spacing that its power curve bridges, in microseconds."""
        return max(round(self.max_sample_period_s * 1_000_000), self.interval_us)

    @property
    def interval_us(self) -> int:
        """The length of the interval that a reading is the mean of; 0 for instants."""
        return round((self.interval_s or 0.0) * 1_000_000)

    @property
    def curve_end_us(self) -> int:
        """Where its power curve ends at the latest."""
        return self.last_seen_us + self.interval_us
