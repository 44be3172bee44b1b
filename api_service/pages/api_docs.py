"""`/docs` (Swagger UI) and `/redoc` from the gateway's own files; the description under its usual name."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api_service.pages.asset_response import REVALIDATE, respond
from api_service.pages.asset_store import page
from api_service.pages.home import POLICY, READ

# Redoc styles its page by style elements that it makes itself, and searches in a worker made of a blob.
REDOC_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") + "; worker-src blob:"

router = APIRouter(include_in_schema=False)


@router.api_route("/docs", methods=READ)
def swagger_ui(request: Request) -> Response:
    """The API to read and to try."""
    return respond(request, page("docs/swagger.html"), REVALIDATE, POLICY)


@router.api_route("/redoc", methods=READ)
def redoc(request: Request) -> Response:
    """The API to read."""
    return respond(request, page("docs/redoc.html"), REVALIDATE, REDOC_POLICY)


@router.api_route("/openapi.json", methods=READ)
def description(request: Request) -> JSONResponse:
    """The same as `/api/openapi.json`; many tools look here first."""
    return JSONResponse(request.app.openapi())
