"""Devices: which are active, what each has done, what it is called; deletions."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from api_service.dependencies import DataServiceDep, DeviceServiceDep, LiveServiceDep
from api_service.routers.event_stream import STREAM_HEADERS, event_stream
from api_service.schemas.devices import (
    ActiveDevice,
    ActiveQuery,
    ClusterSummary,
    Deleted,
    DeviceChange,
    DeviceDetails,
    Merge,
    Merged,
)
from api_service.schemas.plots import SpanQuery

router = APIRouter(prefix="/api/devices", tags=["devices"])

_EVENT = {
    "type": "object",
    "required": ["event", "data", "id"],
    "properties": {
        "event": {"const": "devices"},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
    },
}
"""One event, as OpenAPI describes the entries of a stream: its fields, `data` as the text that it is."""
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events `devices` with `{devices: [LiveDevice], removed: [cluster]}`.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}
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


@router.get("/live", response_class=StreamingResponse, responses=_STREAMED)
async def live_devices(live: LiveServiceDep) -> StreamingResponse:
    """Server-sent events `devices`: first all devices, then those with new readings, within a second."""
    return StreamingResponse(
        event_stream(live.changes()), media_type="text/event-stream", headers=STREAM_HEADERS
    )


@router.get("/{cluster:int}")
async def device(cluster: Cluster, devices: DeviceServiceDep) -> DeviceDetails:
    """One device as it stands."""
    return await devices.device(cluster)


@router.patch("/{cluster:int}")
async def change_device(cluster: Cluster, change: DeviceChange, devices: DeviceServiceDep) -> DeviceDetails:
    """Set a device's name, largest sample period, groups or role; null goes back to the default."""
    return await devices.change(cluster, change)


@router.delete("/{cluster:int}")
async def delete_readings(
    cluster: Cluster, query: Annotated[SpanQuery, Query()], devices: DeviceServiceDep
) -> Deleted:
    """Take out a device's readings in `[start, end)`; without either, the whole device."""
    return await devices.delete(cluster, query)


@router.post("/{cluster:int}/merge")
async def merge_device(cluster: Cluster, merge: Merge, devices: DeviceServiceDep) -> Merged:
    """Give all readings of a device to another one, and forget it: it was the same device all along."""
    return await devices.merge(cluster, merge)
