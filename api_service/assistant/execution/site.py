"""The site as a query sees it: its devices with their states, groups and role, now, zone and prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.types import Moment
from api_service.metering.analysis.calendar.local_time import LocalClock, local_clock
from api_service.metering.analysis.conditions import OnOff
from api_service.metering.analysis.on_off import on_threshold_w, tells_on_or_off
from api_service.metering.analysis.prices import Prices
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.moments import epoch_us
from api_service.repositories.aggregates import device_statuses
from api_service.repositories.queries.grained_rollups import device_lives
from api_service.repositories.queries.reading_columns import device_groups
from api_service.repositories.queries.tariff_repository import load_prices

# A device heard of within this time counts as reporting, however often it usually speaks.
MAINS = "mains"
MIN_REPORTING_AGE_US = 15 * 60 * 1_000_000


@dataclass(frozen=True)
class SiteDevice:
    """A device, the states on its record, its groups; `is_mains` if it meters the whole site."""

    status: DeviceStatus
    states: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    is_mains: bool = False

    @property
    def cluster(self) -> int:
        """Its number."""
        return self.status.cluster


@dataclass(frozen=True)
class Site:
    """Everything that a query needs besides readings, as of one snapshot; devices by cluster."""

    devices: Mapping[int, SiteDevice]
    now_us: int
    zone: ZoneInfo
    prices: Prices | None = None
    largest_w: Mapping[int, float] = field(default_factory=dict)

    @property
    def mains(self) -> tuple[int, ...]:
        """The clusters of the mains meters."""
        return tuple(cluster for cluster, device in self.devices.items() if device.is_mains)

    @property
    def parts(self) -> tuple[int, ...]:
        """All other clusters."""
        return tuple(cluster for cluster, device in self.devices.items() if not device.is_mains)

    def clock(self, start_us: int, end_us: int) -> LocalClock:
        """The site's wall clock over a span."""
        return local_clock(self.zone, start_us, end_us)

    def is_reporting(self, cluster: int, at_us: int) -> bool:
        """Whether a reading of the device at this moment still tells how it stands now."""
        allowed_us = max(self.devices[cluster].status.largest_gap_us, MIN_REPORTING_AGE_US)
        return at_us >= self.now_us - allowed_us

    def on_off(self, clusters: tuple[int, ...]) -> OnOff:
        """How these devices are told on from off; powers must have been loaded for the others."""
        by_state = frozenset(c for c in clusters if tells_on_or_off(self.devices[c].states))
        on_w = {c: on_threshold_w(self.largest_w.get(c, 0.0)) for c in clusters if c not in by_state}
        return OnOff(by_state, on_w)


async def load_site(
    session: AsyncSession, moment: Moment, statuses: Sequence[DeviceStatus] | None = None
) -> Site:
    """The site as it stands; `statuses` are all devices, where the caller has read them in this session."""
    if statuses is None:
        statuses = await device_statuses(session)
    lives = await device_lives(session, [status.cluster for status in statuses])
    groups = await device_groups(session)
    devices = {}
    for status in statuses:
        own, role = groups.get(status.cluster, ((), None))
        states = lives[status.cluster].states if status.cluster in lives else ()
        devices[status.cluster] = SiteDevice(status, states, own, is_mains=role == MAINS)
    largest_w = {cluster: life.largest_w for cluster, life in lives.items()}
    prices = await load_prices(session)
    return Site(devices, epoch_us(moment.now), moment.timezone, prices, largest_w)
