"""Every error as an RFC 9457 problem document; one table from error class to status and title."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api_service.database.outages import FULL, NO_SPACE_FOR_FILES
from api_service.input_faults import fault_of
from api_service.schemas.openai import error_body
from shared import errors
from shared.logs import get_logger

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

PROBLEMS: dict[type[errors.AskWattError], tuple[int, str]] = {
    errors.InvalidInput: (422, "Invalid input"),
    errors.MalformedFile: (422, "Malformed file"),
    errors.NotKept: (422, "No longer kept"),
    errors.Unauthorized: (401, "Key needed"),
    errors.Forbidden: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.Conflict: (409, "Conflict"),
    errors.TooLarge: (413, "Too large"),
    errors.UnsupportedMediaType: (415, "Unsupported media type"),
    errors.Overloaded: (503, "Queue full"),
    errors.Unavailable: (503, "Unavailable"),
    errors.DatabaseUnavailable: (503, "Database unavailable"),
    errors.DatabaseBusy: (503, "Database busy"),
    errors.StatementTooSlow: (503, "Database busy"),
    errors.QueueUnavailable: (503, "Queue unavailable"),
    errors.ModelUnavailable: (503, "Model unavailable"),
    errors.AnswerFailed: (500, "Answer failed"),
    errors.ContractViolation: (500, "Queue contract violated"),
}

# Where HTTP's own phrase is another than that of our error with the same status.
TITLES = {413: "Too large"}


def problem(
    request: Request, status: int, title: str, detail: str, places: Sequence[object] = ()
) -> JSONResponse:
    """A problem document; `places` become `errors[]`. Below `/v1` the same in OpenAI's form."""
    if request.scope["path"].startswith("/v1/"):
        return _openai_error(status, detail, places)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request.scope.get("request_id"),
    }
    if places:
        body["errors"] = list(places)
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def unavailable(request: Request, error: errors.Unavailable) -> JSONResponse:
    """A 503 that says when to come back, for what is refused before a route is reached."""
    refusal = problem(request, 503, "Unavailable", str(error))
    refusal.headers["Retry-After"] = str(error.retry_after_s)
    return refusal


def _openai_error(status: int, detail: str, places: Sequence[object]) -> JSONResponse:
    """OpenAI's clients show `error.message` alone; input that is not valid is a 400 to them."""
    first = places[0] if places else {}
    param = first.get("field") if isinstance(first, dict) else None
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse(error_body(detail, kind, param), 400 if status == 422 else status)


def install_problem_handlers(app: FastAPI) -> None:
    """Turn our own errors, FastAPI's and anything unforeseen into problem documents."""

    @app.exception_handler(errors.AskWattError)
    async def _ours(request: Request, error: errors.AskWattError) -> JSONResponse:
        status, title = PROBLEMS[type(error)]
        places = [{"field": place.field, "reason": place.reason} for place in getattr(error, "errors", ())]
        response = problem(request, status, title, str(error), places)
        if error.retry_after_s is not None:
            response.headers["Retry-After"] = str(error.retry_after_s)
        if status >= 500:
            log.warning("request_failed", problem=title, detail=str(error))
        return response

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        places = [fault_of(item) for item in error.errors()]
        detail = "; ".join(f"{place['field']}: {place['reason']}" for place in places[:3])
        return problem(request, 422, "Invalid input", detail, places)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(cause := error.__cause__, OSError) and cause.errno in FULL:
            # FastAPI makes a 400 of whatever goes wrong while a body is read.
            log.error("disk_full", exc_info=cause)
            return unavailable(request, errors.Unavailable(NO_SPACE_FOR_FILES))
        details = {
            400: "The body cannot be read: JSON in UTF-8, not nested too deeply, is taken.",
            404: "Nothing is at this path.",
            405: f"{request.method} is not offered at this path.",
        }
        detail = details.get(error.status_code, str(error.detail))
        title = TITLES.get(error.status_code, HTTPStatus(error.status_code).phrase.capitalize())
        response = problem(request, error.status_code, title, detail)
        response.headers.update(error.headers or {})
        return response

    _install_last_resorts(app)


def _install_last_resorts(app: FastAPI) -> None:
    """Failures that are no fault of the request."""

    @app.exception_handler(SQLAlchemyError)
    async def _database(request: Request, error: SQLAlchemyError) -> JSONResponse:
        log.error("database_error", exc_info=error)
        return problem(
            request, 500, "Internal error", "The database refused a statement; see the server's log."
        )

    @app.exception_handler(OSError)
    async def _disk(request: Request, error: OSError) -> JSONResponse:
        if error.errno not in FULL:
            return await _unforeseen(request, error)
        log.error("disk_full", exc_info=error)  # such as that of a long body's temporary file
        return unavailable(request, errors.Unavailable(NO_SPACE_FOR_FILES))

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("unforeseen_error", exc_info=error)
        detail = "Something unforeseen happened; see the server's log."
        response = problem(request, 500, "Internal error", detail)
        # The server ends the connection after this answer: whoever reused it would lose the next request.
        response.headers["Connection"] = "close"
        return response
