"""What the devices do: the use cases that read, and "now"."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.sessions import SessionFactory, snapshot
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES
from api_service.metering.units import WATT_HOURS_PER_KILOWATT_HOUR, as_utc
from api_service.metering.window_stats import WindowStats
from api_service.repositories.aggregates import (
    current_moment,
    device_statuses,
    moment_after,
    window_stats,
)
from api_service.schemas.devices import ActiveDevice
from shared.errors import InputError, InvalidInput
from shared.settings import Settings

# What the list of devices shows, in the columns that it is made of.
SHOWN = tuple(column.name for key in ("power", "apparent_power", "thd") for column in MEASURES[key].columns)
# Readings and questions outside of these years are mistakes.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200


class DataService:
    """Answers about the readings of all devices."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def now(self, session: AsyncSession) -> datetime:
        """ "Now" as `CLOCK` says: the wall clock, or the moment just after the newest reading."""
        return await current_moment(session, self._settings.clock)

    async def get_actual_devices(
        self, hours: float = 24, as_of: datetime | None = None
    ) -> list[ActiveDevice]:
        """Devices with readings in the `hours` before `as_of` or "now", highest average power first.

        Raises `InvalidInput` for a moment no reading can have.
        """
        async with snapshot(self._sessions) as session:
            statuses = await device_statuses(session)
            newest = max((status.last_seen for status in statuses), default=None)
            end = moment_in_range("as_of", as_of) if as_of else moment_after(newest, self._settings.clock)
            # Before the first possible reading there is nothing to look at.
            start = end - min(timedelta(hours=hours), end - datetime.min.replace(tzinfo=end.tzinfo))
            stats = await window_stats(session, start, end, statuses, names=SHOWN)
        active = [_active(status, stats[status.cluster]) for status in statuses if status.cluster in stats]
        return sorted(active, key=lambda device: (-_power(device), device.cluster))


def moment_in_range(field: str, moment: datetime) -> datetime:
    """The moment in UTC; raises `InvalidInput` naming `field` if no reading can lie there."""
    if not EARLIEST_YEAR < moment.year < LATEST_YEAR:
        reason = f"must lie between {EARLIEST_YEAR} and {LATEST_YEAR}"
        raise InvalidInput(f"{field} {reason}.", [InputError(field, reason)])
    return as_utc(moment)


def _power(device: ActiveDevice) -> float:
    return float("-inf") if device.average_power_w is None else device.average_power_w


def _active(status: DeviceStatus, stats: WindowStats) -> ActiveDevice:
    return ActiveDevice(
        device_name=status.name,
        cluster=status.cluster,
        average_power_w=stats["power", Statistic.MEAN],
        average_thd_percent=stats["thd", Statistic.MEAN],
        last_seen=stats.last_seen,
        device_state=stats.last_state,
        energy_kwh=(stats["energy", Statistic.SUM] or 0.0) / WATT_HOURS_PER_KILOWATT_HOUR,
        samples=stats.samples,
        coverage=round(stats.coverage, 6),
        power_w=status.last_power_w,
        average_power_factor=stats["power_factor", Statistic.MEAN],
        groups=list(status.groups),
        role=status.role,
    )
