"""`/api/site`: what a client has to know before it can show a moment."""

from fastapi import APIRouter

from api_service.dependencies import SiteServiceDep
from api_service.schemas.site import Site

router = APIRouter(prefix="/api/site", tags=["site"])


@router.get("/")
async def site(service: SiteServiceDep) -> Site:
    """The site's zone, clock and "now"."""
    return await service.site()
