"""`/api/tariffs/`: what energy costs, from when on and at which time of day."""

from fastapi import APIRouter

from api_service.dependencies import TariffServiceDep
from api_service.schemas.tariffs import Tariffs

router = APIRouter(prefix="/api/tariffs", tags=["tariffs"])


@router.get("/")
async def tariffs(service: TariffServiceDep) -> Tariffs:
    """All tariffs, the earliest first; none where costs cannot be told."""
    return await service.tariffs()


@router.put("/")
async def replace_tariffs(body: Tariffs, service: TariffServiceDep) -> Tariffs:
    """Replace all tariffs; an empty list removes them."""
    return await service.replace(body)
