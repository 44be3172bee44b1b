"""What devices do now, as it is stored: one look at the table of devices for all who listen, by any process.

The table is looked at and not a channel of the database listened to: that works the same on SQLite and
PostgreSQL, for every gateway, and nothing is lost with a connection. One look reads a row a device.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

from api_service.database.sessions import SessionFactory, snapshot
from api_service.metering.devices.device_status import DeviceStatus
from api_service.repositories.aggregates import device_statuses
from api_service.repositories.device_repository import StoredDevice, load_devices
from api_service.schemas.devices import LiveDevice, LiveDevices, LiveEvent
from api_service.timeouts import LOOK_AT_DEVICES_EVERY_S
from shared.errors import Unavailable
from shared.logs import get_logger
from shared.tasks import cancel_and_wait

log = get_logger(__name__)


@dataclass(frozen=True)
class DeviceChanges:
    """Devices that have changed, each once, and those that are gone; its text is made once for all."""

    changed: Mapping[int, LiveDevice]
    removed: frozenset[int]

    @cached_property
    def text(self) -> str:
        """The event's data as JSON."""
        devices = LiveDevices(devices=list(self.changed.values()), removed=sorted(self.removed))
        return devices.model_dump_json()

    def then(self, later: "DeviceChanges") -> "DeviceChanges":
        """Both together; one of them itself, with its text, where the other one is empty."""
        if not later:
            return self
        if not self:
            return later
        removed = (self.removed | later.removed) - later.changed.keys()
        merged = {**self.changed, **later.changed}
        return DeviceChanges({c: device for c, device in merged.items() if c not in removed}, removed)

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)


_NOTHING = DeviceChanges({}, frozenset())


class _Listener:
    """One who listens: what has changed since the last event."""

    def __init__(self, known: Mapping[int, LiveDevice]) -> None:
        self._pending = DeviceChanges(dict(known), frozenset())
        self.woken = asyncio.Event()
        self.is_told = False

    def put(self, changes: DeviceChanges) -> None:
        """Take what a look has found; the first one is told even if there is nothing."""
        self._pending = self._pending.then(changes)
        if changes or not self.is_told:
            self.is_told = True
            self.woken.set()

    def take(self) -> str:
        """All since the last time, as JSON."""
        taken, self._pending = self._pending, _NOTHING
        self.woken.clear()
        return taken.text


class LiveService:
    """Tells those who listen which devices have other newest readings, names or groups than before."""

    def __init__(self, sessions: SessionFactory, every_s: float = LOOK_AT_DEVICES_EVERY_S) -> None:
        self._sessions = sessions
        self._every_s = every_s
        self._listeners: set[_Listener] = set()
        self._known: dict[int, LiveDevice] = {}
        self._marks: dict[int, Hashable] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_ended = False

    def end(self) -> None:
        """End all streams: the gateway stops. May be called by a signal handler."""
        self._is_ended = True

    async def close(self) -> None:
        """End all streams and the looks at the database."""
        self.end()
        if self._looking is not None:
            await cancel_and_wait([self._looking])

    async def changes(self) -> AsyncIterator[LiveEvent]:
        """First all devices, then those that change, within `every_s` of their commit.

        Ends where the gateway stops, or where a look fails for another reason than an outage.
        """
        is_first = self._looking is None or self._looking.done()
        if is_first:
            self._known, self._marks = {}, {}
        listener = _Listener(self._known)
        self._listeners.add(listener)
        if is_first:
            self._looking = asyncio.create_task(self._look())
        number = 0
        try:
            while await listener.woken.wait() and listener in self._listeners and not self._is_ended:
                number += 1
                yield LiveEvent(number=number, kind="devices", data=listener.take())
        finally:
            self._listeners.discard(listener)

    async def _look(self) -> None:
        try:
            while self._listeners and not self._is_ended:
                try:
                    changes = await self._differences()
                except Unavailable as error:
                    log.info("devices_not_seen", reason=str(error))
                else:
                    for listener in self._listeners:
                        listener.put(changes)
                await asyncio.sleep(self._every_s)
        except Exception:
            log.exception("live_ended")
        finally:
            # Nobody waits for looks that are not taken any more.
            ended, self._listeners = self._listeners, set()
            for listener in ended:
                listener.woken.set()

    async def _differences(self) -> DeviceChanges:
        async with snapshot(self._sessions) as session:
            stored = await load_devices(session)
            marks = {cluster: _mark(device) for cluster, device in stored.items()}
            fresh = [cluster for cluster, mark in marks.items() if self._marks.get(cluster) != mark]
            statuses = await device_statuses(session, fresh) if fresh else []
        changed = {status.cluster: _live(status) for status in statuses}
        removed = self._known.keys() - stored.keys()
        self._marks = marks
        self._known = {c: d for c, d in (self._known | changed).items() if c not in removed}
        return DeviceChanges(changed, frozenset(removed))


def _mark(device: StoredDevice) -> Hashable:
    """What makes a device another one to look at."""
    groups = tuple(device.groups or ())
    names = (device.given_name, device.file_name)
    return (device.last_seen, device.last_power_w, device.last_state, names, groups, device.role)


def _live(status: DeviceStatus) -> LiveDevice:
    return LiveDevice(
        cluster=status.cluster,
        device_name=status.name,
        last_seen=status.last_seen,
        power_w=status.last_power_w,
        thd_percent=status.last_thd_percent,
        device_state=status.last_state,
        groups=list(status.groups),
        role=status.role,
    )
