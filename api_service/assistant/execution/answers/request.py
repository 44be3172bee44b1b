"""A request with the values of its slots, answered by the data."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.execution.cells import Finding, Findings
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.summary import summarise
from api_service.assistant.query.query import BoundKind, Explain, Query, Summary
from api_service.assistant.types import DeviceRef, Moment
from api_service.metering.analysis.frame import level_values
from api_service.metering.measures import measure
from api_service.repositories.queries.reading_columns import newest_with

_SUPPLY = ("voltage", "frequency")


async def run_request(
    session: AsyncSession, request: Query | Summary, bindings: Bindings, site: Site, moment: Moment
) -> Findings:
    """What the data answer: one part for a query, several for a summary. Raises `CannotAnswer`."""
    if isinstance(request, Summary):
        parts = await summarise(session, request, bindings, site)
    else:
        parts = (Finding(request, bindings, await execute(session, request, bindings, site)),)
    devices = tuple(DeviceRef(cluster, device.status.name) for cluster, device in site.devices.items())
    return Findings(request, parts, moment, devices)


def needs_limits(request: Query | Summary | Explain) -> bool:
    """Whether it asks what is normal or poor."""
    if isinstance(request, Explain):
        return request.value is not None
    if isinstance(request, Summary):
        return request.quality
    bounds = [condition.bound for condition in request.where.bounds]
    bounds += [request.having] if request.having else []
    return any(bound.kind in (BoundKind.NORMAL, BoundKind.POOR) for bound in bounds)


async def supply_levels(session: AsyncSession, clusters: Sequence[int]) -> dict[str, float]:
    """The present voltage (V) and frequency (Hz) of the site, of those that are recorded."""
    found: dict[str, float] = {}
    for key in _SUPPLY:
        row = measure(key)
        block = await newest_with(session, tuple(clusters), row.columns[0].name)
        if len(block):
            found[key] = float(sorted(level_values(row, block).tolist())[len(block) // 2])
    return found
