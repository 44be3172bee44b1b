"""Series, gaps and events of devices, energies of the site, and readings as files."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api_service.dependencies import ExportServiceDep, PlotServiceDep
from api_service.routers.devices import Cluster
from api_service.schemas.plots import (
    DevicesSeriesQuery,
    Energy,
    EnergyQuery,
    Event,
    EventsQuery,
    ExportQuery,
    Gap,
    Series,
    SeriesOfDevices,
    SeriesQuery,
    SpanQuery,
)

router = APIRouter(prefix="/api", tags=["plots"])


@router.get("/devices/series", response_model_exclude_none=True)
async def series_of_devices(
    query: Annotated[DevicesSeriesQuery, Query()], plots: PlotServiceDep
) -> SeriesOfDevices:
    """The same quantity of several devices over time (`cluster` given many times)."""
    return await plots.series_of(query.cluster, query)


@router.get("/devices/{cluster:int}/series", response_model_exclude_none=True)
async def device_series(
    cluster: Cluster, query: Annotated[SeriesQuery, Query()], plots: PlotServiceDep
) -> Series:
    """One quantity of one device over time, at most 5,000 points."""
    return await plots.series(cluster, query)


@router.get("/devices/{cluster:int}/gaps")
async def device_gaps(
    cluster: Cluster, query: Annotated[SpanQuery, Query()], plots: PlotServiceDep
) -> list[Gap]:
    """Where a device's readings are further apart than its largest sample period."""
    return await plots.gaps(cluster, query)


@router.get("/devices/{cluster:int}/events")
async def device_events(
    cluster: Cluster, query: Annotated[EventsQuery, Query()], plots: PlotServiceDep
) -> list[Event]:
    """When a measure left its limits; voltage by default, with the limits of EN 50160."""
    return await plots.events(cluster, query)


@router.get("/energy")
async def energy(query: Annotated[EnergyQuery, Query()], plots: PlotServiceDep) -> Energy:
    """Energy drawn and fed back, by period of the site's zone."""
    return await plots.energy(query)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}, "application/vnd.apache.parquet": {}}}},
)
async def export(query: Annotated[ExportQuery, Query()], exports: ExportServiceDep) -> StreamingResponse:
    """Readings as a file that imports again; sent as it is read."""
    name = f"readings.{query.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    media_type = "text/csv" if query.format == "csv" else "application/vnd.apache.parquet"
    return StreamingResponse(await exports.export(query), media_type=media_type, headers=headers)
