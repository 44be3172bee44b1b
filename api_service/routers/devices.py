"""Devices: who is active, what each has done, what it is called, how it looks over time."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api_service.dependencies import DataServiceDep, DeviceServiceDep
from api_service.schemas.devices import (
    ActiveDevice,
    ActiveQuery,
    ClusterSummary,
    DeviceChange,
    DeviceDetails,
    Series,
    SeriesQuery,
)

router = APIRouter(prefix="/api/devices", tags=["devices"])

# The column is a 32-bit integer on PostgreSQL.
Cluster = Annotated[int, Path(ge=0, le=2**31 - 1, examples=[2])]


@router.get("/")
async def active_devices(query: Annotated[ActiveQuery, Query()], data: DataServiceDep) -> list[ActiveDevice]:
    """Devices with readings in the last hours before "now", highest average power first."""
    return await data.get_actual_devices(query.hours, query.as_of)


@router.get("/summary/")
async def cluster_summaries(devices: DeviceServiceDep) -> list[ClusterSummary]:
    """Every device over all of its readings."""
    return await devices.get_cluster_summaries()


@router.patch("/{cluster}")
async def change_device(cluster: Cluster, change: DeviceChange, devices: DeviceServiceDep) -> DeviceDetails:
    """Set a device's name or its largest sample period; null goes back to what follows from the data."""
    return await devices.change(cluster, change)


@router.get("/{cluster}/series", response_model_exclude_none=True)
async def device_series(
    cluster: Cluster, query: Annotated[SeriesQuery, Query()], devices: DeviceServiceDep
) -> Series:
    """One quantity of one device over time, at most 5,000 points."""
    return await devices.series(cluster, query)
