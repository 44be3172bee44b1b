"""`/api/audit/`: what was changed, by whom, when and from where."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api_service.dependencies import AuditServiceDep, site_meant
from api_service.schemas.access.audit import AuditQuery, AuditRow
from api_service.schemas.page import Page

router = APIRouter(prefix="/api/audit", tags=["audit"])


@router.get("/")
async def list_audit(
    query: Annotated[AuditQuery, Query()], request: Request, audit: AuditServiceDep
) -> Page[AuditRow]:
    """Changes, newest first. Readings and questions are no changes: they are kept where they belong."""
    return await audit.entries(query, site_meant(request, query.site))
