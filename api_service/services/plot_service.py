"""Plots: series, gaps and events of devices over a span, and the energies of the site."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil, inf

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.sessions import SessionFactory, snapshot
from api_service.metering.analysis.limit_events import (
    SAG_PART,
    SWELL_PART,
    LimitEvent,
    limit_events,
    nominal_v,
    voltage_kind,
)
from api_service.metering.devices.retention import answerable_us, dropped_before_us, require_readings
from api_service.metering.display import exchange_unit
from api_service.metering.measure import Statistic
from api_service.metering.measures import measure
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.repositories.aggregates import current_moment, device_statuses, device_summaries
from api_service.repositories.device_repository import StoredDevice, load_devices
from api_service.repositories.plots.energy import site_parts
from api_service.repositories.plots.out_of_limits import hours_out_of_limits, load_values
from api_service.repositories.plots.series import Grid, series_points
from api_service.repositories.plots.states import state_changes
from api_service.repositories.upkeep.spacing_repository import load_gaps
from api_service.schemas.plots import (
    STATE,
    Energy,
    EnergyPeriod,
    EnergyQuery,
    Event,
    EventsQuery,
    Gap,
    Series,
    SeriesOfDevices,
    SeriesPoint,
    SeriesQuery,
    SpanQuery,
)
from api_service.services.data_service import moment_in_range
from api_service.services.device_service import unknown_device
from api_service.services.local_periods import period_edges
from shared.errors import InputError, InvalidInput
from shared.settings import Settings

MAX_POINTS = 5000
DEFAULT_POINTS = 300
DEFAULT_SPAN = timedelta(hours=24)
HOUR_S, DAY_S = 3600, 86_400
MAX_BUCKET_S = 366 * DAY_S
UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": DAY_S}
STEPS_S = (1, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, DAY_S, 7 * DAY_S, 30 * DAY_S)
MAX_EVENTS = 1000
WATT_HOURS = 1000.0


class PlotService:
    """Reads what plots show; each answer comes from one snapshot."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def series(self, cluster: int, query: SeriesQuery) -> Series:
        """One quantity of one device over time; raises `NotFound`, or `InvalidInput` for too many points."""
        return (await self.series_of([cluster], query)).series[0]

    async def series_of(self, clusters: list[int], query: SeriesQuery) -> SeriesOfDevices:
        """The same of several devices, in the order given."""
        async with snapshot(self._sessions) as session:
            devices = await load_devices(session, clusters)
            start, end = _answerable(devices, await self._span(session, query), query)
            bucket_s = _bucket_s(query.bucket, start, end, devices.values())
            grid = Grid(start, end, bucket_s, self._settings.timezone)
            names = {status.cluster: status.name for status in await device_statuses(session, clusters)}
            found = []
            for cluster in clusters:
                if cluster not in names:
                    raise unknown_device(cluster)
                points = await _points(session, devices[cluster], query.quantity, grid)
                found.append(self._series(cluster, names[cluster], query.quantity, grid, points))
        return SeriesOfDevices(series=found)

    def _series(
        self, cluster: int, name: str, quantity: str, grid: Grid, points: list[SeriesPoint]
    ) -> Series:
        return Series(
            cluster=cluster,
            device_name=name,
            quantity=quantity,
            unit="" if quantity == STATE else exchange_unit(measure(quantity))[0],
            start=grid.start,
            end=grid.end,
            timezone=self._settings.site_timezone,
            bucket_s=grid.bucket_s,
            points=points,
        )

    async def gaps(self, cluster: int, query: SpanQuery) -> list[Gap]:
        """Where a device's power curve has holes, in order; raises `NotFound`."""
        async with snapshot(self._sessions) as session:
            device = await _device(session, cluster)
            start, end = await self._span(session, query)
            within_us = epoch_us(start), epoch_us(end)
            found = (await load_gaps(session, cluster, device.largest_gap_us, within_us)).tolist()
            last_us = epoch_us(device.last_power_at) if device.last_power_at else None
            is_open = last_us is not None and within_us[1] - last_us > device.largest_gap_us
        gaps = [_gap(first_us, until_us) for first_us, until_us in found]
        if is_open and last_us is not None:
            gaps.append(_gap(last_us, within_us[1]).model_copy(update={"ongoing": True}))
        return gaps

    async def events(self, cluster: int, query: EventsQuery) -> list[Event]:
        """When a measure left its limits, at most 1,000 times; raises `NotFound`, or `InvalidInput`."""
        row = measure(query.quantity)
        async with snapshot(self._sessions) as session:
            device = await _device(session, cluster)
            start, end = await self._span(session, query)
            nominal = await _nominal(session, cluster, query)
            limits = _limits(query, nominal)
            within_us = epoch_us(start), epoch_us(end)
            require_readings([device], *within_us, "look for events in newer times")
            events: list[LimitEvent] = []
            for span_us in await hours_out_of_limits(session, cluster, within_us, row, limits):
                block = await load_values(session, cluster, span_us, row)
                values = block.quantity(row)
                events += limit_events(block.timestamp_us, values, limits, device.largest_gap_us)
                if len(events) > MAX_EVENTS:
                    raise _too_many("events", MAX_EVENTS)
        unit, factor = exchange_unit(row)
        is_voltage = query.quantity == "voltage" and query.above is None and query.below is None
        return [
            Event(
                kind=voltage_kind(event, nominal) if is_voltage else event.kind,
                start=from_epoch_us(event.start_us),
                end=from_epoch_us(event.end_us),
                value=event.value / factor,
                unit=unit,
                readings=event.readings,
            )
            for event in events
        ]

    async def energy(self, query: EnergyQuery) -> Energy:
        """Drawn and fed back energy by period; raises `NotFound`, or `InvalidInput` for too many periods."""
        async with snapshot(self._sessions) as session:
            devices = await _metered(session, query.cluster)
            known = {device.cluster: device for device in devices}
            start, end = _answerable(known, await self._span(session, query), query)
            edges_us = period_edges(start, end, query.bucket, self._settings.timezone)
            if len(edges_us) > MAX_POINTS + 1:
                raise _too_many("periods", MAX_POINTS)
            import_wh, export_wh = np.zeros(len(edges_us) - 1), np.zeros(len(edges_us) - 1)
            within_us = epoch_us(start), epoch_us(end)
            for begin_us, drawn, fed in await site_parts(session, devices, within_us, edges_us):
                place = np.searchsorted(edges_us, begin_us, side="right") - 1
                np.add.at(import_wh, place, drawn)
                np.add.at(export_wh, place, fed)
        bounds = np.clip(edges_us, epoch_us(start), epoch_us(end)).tolist()
        return Energy(
            timezone=self._settings.site_timezone,
            start=start,
            end=end,
            clusters=[device.cluster for device in devices],
            periods=[
                EnergyPeriod(
                    start=from_epoch_us(bounds[place]),
                    end=from_epoch_us(bounds[place + 1]),
                    import_kwh=drawn / WATT_HOURS,
                    export_kwh=fed / WATT_HOURS,
                    energy_kwh=(drawn - fed) / WATT_HOURS,
                )
                for place, (drawn, fed) in enumerate(zip(import_wh.tolist(), export_wh.tolist(), strict=True))
            ],
        )

    async def _span(self, session: AsyncSession, query: SpanQuery | SeriesQuery) -> tuple[datetime, datetime]:
        if query.end:
            end = moment_in_range("end", query.end)
        else:
            end = await current_moment(session, self._settings.clock)
        start = moment_in_range("start", query.start) if query.start else end - DEFAULT_SPAN
        if start >= end:
            reason = "must lie before end" if query.end else 'must lie before "now"'
            raise InvalidInput(f"start {reason}.", [InputError("start", reason)])
        return start, end


async def _device(session: AsyncSession, cluster: int) -> StoredDevice:
    found = await load_devices(session, [cluster])
    if cluster not in found:
        raise unknown_device(cluster)
    return found[cluster]


async def _metered(session: AsyncSession, clusters: list[int] | None) -> list[StoredDevice]:
    """The devices whose energies are the site's: those given, else the mains, else all."""
    devices = await load_devices(session, clusters)
    for cluster in clusters or ():
        if cluster not in devices:
            raise unknown_device(cluster)
    mains = [device for device in devices.values() if device.role == "mains"]
    return mains if mains and not clusters else list(devices.values())


async def _points(
    session: AsyncSession, device: StoredDevice, quantity: str, grid: Grid
) -> list[SeriesPoint]:
    if quantity != STATE:
        points = await series_points(session, device, quantity, grid)
        return [
            SeriesPoint(start=p.start, mean=p.mean, min=p.min, max=p.max, sum=p.sum, samples=p.samples)
            for p in points
        ]
    within_us = epoch_us(grid.start), epoch_us(grid.end)
    require_readings([device], *within_us, "ask for the states of newer times")
    changes = await state_changes(session, device.cluster, within_us, MAX_POINTS + 1)
    if len(changes) > MAX_POINTS:
        raise _too_many("states", MAX_POINTS)
    ends = [*(at for at, _ in changes[1:]), min(within_us[1], device.last_seen_us)]
    return [
        SeriesPoint(start=from_epoch_us(at), end=from_epoch_us(end), state=state or "")
        for (at, state), end in zip(changes, ends, strict=True)
    ]


async def _nominal(session: AsyncSession, cluster: int, query: EventsQuery) -> float:
    if query.nominal_v is not None:
        return query.nominal_v
    for _, stats in await device_summaries(session, [cluster]):
        return nominal_v(stats["voltage", Statistic.MEAN] or 0.0)
    return nominal_v(0.0)


def _limits(query: EventsQuery, nominal: float) -> tuple[float, float]:
    if query.above is None and query.below is None:
        if query.quantity != "voltage":
            reason = "give above, below or both for any quantity but voltage"
            raise InvalidInput(f"{reason}.", [InputError("above", reason)])
        return SAG_PART * nominal, SWELL_PART * nominal
    low, high = query.below, query.above
    return (-inf if low is None else low), (inf if high is None else high)


def _gap(start_us: int, end_us: int) -> Gap:
    return Gap(start=from_epoch_us(start_us), end=from_epoch_us(end_us), duration_s=(end_us - start_us) / 1e6)


def _too_many(what: str, most: int) -> InvalidInput:
    reason = f"holds more than {most} {what}; ask for a shorter one"
    return InvalidInput(f"The span {reason}.", [InputError("start", reason)])


def _answerable(
    devices: Mapping[int, StoredDevice], span: tuple[datetime, datetime], query: SpanQuery | SeriesQuery
) -> tuple[datetime, datetime]:
    """The span; in whole hours where single readings at its ends are no longer kept."""
    if getattr(query, "quantity", None) == STATE:
        return span
    start_us, end_us = answerable_us(devices.values(), *(epoch_us(moment) for moment in span))
    return from_epoch_us(start_us), from_epoch_us(end_us)


def _bucket_s(text: str | None, start: datetime, end: datetime, devices: Iterable[StoredDevice]) -> int:
    span_s = (end - start).total_seconds()
    if text is None or text == "auto":
        within_us = epoch_us(start), epoch_us(end)
        is_partly = any(dropped_before_us(device, *within_us) is not None for device in devices)
        steps = [step for step in STEPS_S if step >= HOUR_S] if is_partly else STEPS_S
        return next((step for step in steps if span_s <= step * DEFAULT_POINTS), STEPS_S[-1])
    number, unit = re.fullmatch(r"(\d+)(\D?)", text).groups()  # type: ignore[union-attr]  # the schema's pattern
    bucket_s = int(number) * UNIT_SECONDS[unit]
    if bucket_s > MAX_BUCKET_S:
        reason = f"must not be longer than {MAX_BUCKET_S // DAY_S} days"
    elif span_s > bucket_s * MAX_POINTS:
        smallest_s = ceil(span_s / MAX_POINTS)
        reason = f"makes more than {MAX_POINTS} points; the smallest for this span is {smallest_s}s"
    else:
        return bucket_s
    raise InvalidInput(f"bucket {reason}.", [InputError("bucket", reason)])
