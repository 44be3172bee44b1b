"""Readings in."""

from fastapi import APIRouter, Request

from api_service.dependencies import ReadingsServiceDep
from api_service.ingest.rows import Reject
from api_service.schemas.readings import ReadingsResult, RejectedReading
from shared.errors import UnsupportedMediaType

router = APIRouter(prefix="/api/readings", tags=["readings"])

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


@router.post("/", openapi_extra={"requestBody": _BODY})
async def add_readings(request: Request, readings: ReadingsServiceDep) -> ReadingsResult:
    """Store readings. A 200 means that all accepted rows are committed; rejected ones are named."""
    outcome = await readings.add(_media_type(request), await request.body())
    return ReadingsResult(
        accepted=outcome.accepted,
        duplicates=outcome.duplicates,
        rejected=[_named(reject) for reject in outcome.rejected],
        left_out=[_named(value) for value in outcome.left_out],
    )


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
