"""Readings in."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api_service.dependencies import ReadingsServiceDep
from api_service.ingest.rows import Reject
from api_service.metrics import count_readings
from api_service.problems import problem
from api_service.schemas.readings import PointsQuery, ReadingsResult, RejectedReading
from shared.errors import UnsupportedMediaType
from shared.logs import get_logger

log = get_logger(__name__)

router = APIRouter(prefix="/api/readings", tags=["readings"])
points_router = APIRouter(prefix="/api/v2", tags=["readings"])
"""Influx line protocol, as Telegraf, Home Assistant's InfluxDB export and IoTaWatt post it."""

_ROW = {
    "type": "object",
    "additionalProperties": False,
    "required": ["timestamp", "cluster"],
    "properties": {
        "timestamp": {"type": "string", "format": "date-time", "description": "RFC 3339, with a zone"},
        "cluster": {"type": "integer", "minimum": 0},
        "voltage": {"type": ["number", "null"], "description": "V"},
        "current": {"type": ["number", "null"], "description": "A"},
        "real_power": {"type": ["number", "null"], "description": "kW"},
        "reactive_power": {"type": ["number", "null"], "description": "kvar"},
        "apparent_power": {"type": ["number", "null"], "description": "kVA"},
        "power_factor": {"type": ["number", "null"], "description": "-1 to 1"},
        "frequency": {"type": ["number", "null"], "description": "Hz"},
        "thd": {"type": ["number", "null"], "description": "percent"},
        "real_power_watt": {
            "type": ["number", "null"],
            "description": "W; follows from real_power if absent",
        },
        "device_state": {"type": ["string", "null"]},
        "device_name": {"type": ["string", "null"], "description": "a name for the cluster"},
    },
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "array", "items": _ROW}},
        "application/x-ndjson": {"schema": {"type": "string", "description": "one row as JSON a line"}},
        "text/csv": {"schema": {"type": "string", "description": "a header line, then rows; UTF-8"}},
    },
}

SHOWN_FAULTS = 20
_POINTS = {
    "required": False,  # an empty body is a write of no points
    "content": {
        "text/plain": {
            "schema": {"type": "string", "description": "Influx line protocol; gzip is understood"},
            "example": "electricity,device=Fridge power=93.5,voltage=231.2,pf=0.98 1710000000000000000",
        }
    },
}
_PARTIAL = {"description": "Some lines are at fault and named in `errors`; all others are committed."}


@router.post("/", openapi_extra={"requestBody": _BODY})
async def add_readings(request: Request, readings: ReadingsServiceDep) -> ReadingsResult:
    """Store readings. A 200 means that all accepted rows are committed; rejected ones are named."""
    outcome = await readings.add(_media_type(request), await request.body())
    count_readings(outcome.accepted, outcome.duplicates, len(outcome.rejected))
    return ReadingsResult(
        accepted=outcome.accepted,
        duplicates=outcome.duplicates,
        rejected=[_named(reject) for reject in outcome.rejected],
        left_out=[_named(value) for value in outcome.left_out],
    )


@points_router.post(
    "/write",
    status_code=204,
    response_model=None,
    openapi_extra={"requestBody": _POINTS},
    responses={400: _PARTIAL},
)
async def write_points(
    request: Request, query: Annotated[PointsQuery, Query()], readings: ReadingsServiceDep
) -> Response:
    """Store points. A 204 means that all are committed; fields that are no reading are passed over."""
    encoding = request.headers.get("content-encoding", "")
    outcome = await readings.add_points(await request.body(), encoding, query.precision)
    count_readings(outcome.stored, 0, len(outcome.faults))
    if outcome.ignored:
        log.info("points_ignored", fields=dict(list(outcome.ignored.items())[:SHOWN_FAULTS]))
    if not outcome.faults:
        return Response(status_code=204)
    places = [{"field": f"line {line}", "reason": reason} for line, reason in outcome.faults[:SHOWN_FAULTS]]
    detail = f"partial write: {outcome.stored} readings stored, {len(outcome.faults)} lines at fault."
    return problem(request, 400, "Partial write", detail, places)


def _named(reject: Reject) -> RejectedReading:
    return RejectedReading(row=reject.row, field=reject.field, reason=reject.reason)


def _media_type(request: Request) -> str:
    """The body's media type; refuses compressed bodies, whose size nobody knows beforehand."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    media_type, *parameters = request.headers.get("content-type", "").lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('" ') not in {"utf-8", "utf8", "us-ascii"}:
            raise UnsupportedMediaType("Send the body in UTF-8.")
    return media_type.strip()
