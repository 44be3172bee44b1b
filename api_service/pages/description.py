"""The OpenAPI description as it truly is: tags, keys, and every error in the form in which it is sent."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api_service.edge.api_keys import LOGIN_COOKIE
from api_service.pages.examples import add_examples
from api_service.problems import MEDIA_TYPE

TAGS = {
    "chat": "Questions, their answers with evidence, and conversations.",
    "devices": "Who is active, what each draws, how it looked over time.",
    "plots": "Series for plots, gaps and events of the supply, energies by period, readings as files.",
    "readings": "Readings in.",
    "imports": "Files of readings: looked at, imported, taken back.",
    "tariffs": "What a kilowatt-hour costs, by day and time of day.",
    "site": "Zone, clock and “now”.",
    "keys": "Who may use this gateway: `read` sees and asks, `write` changes, `admin` everything.",
    "audit": "What was changed, by whom, when and from where; for administrators.",
    "operations": "Whether this process and its parts work.",
    "openai": "OpenAI's protocol. Errors are in its own form.",
}
SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "Needed where REQUIRE_KEYS or API_KEYS_FILE is set.",
    },
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "login": {
        "type": "apiKey",
        "in": "cookie",
        "name": LOGIN_COOKIE,
        "description": "Set by `POST /api/login/`; requests carry the login's token as `X-CSRF-Token`. "
        "Where the server's address names a port, the cookie's name ends with `_` and that port.",
    },
}
PROBLEM = {
    "title": "Problem",
    "description": "A problem document (RFC 9457); `errors` names the place of each fault of the input.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
            "detail": "There is no device with cluster 99.",
            "request_id": "6a0c6b3e-2f0e-4b0a-8f3f-0d2f3c5a9b11",
        }
    ],
}
OPENAI_ERROR = {
    "title": "OpenAIError",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
# Paths without parameters whose query or body names a session, a model, devices or a site.
_NAMING = {
    "/api/chat/",
    "/api/keys/",
    "/v1/chat/completions",
    "/api/devices/series",
    "/api/energy",
    "/api/export",
}
_ENDED = {
    "409": "The question was cancelled while its answer was waited for.",
    "500": "The question could not be answered; `detail` says why.",
}
# What only some operations that take a body answer.
_OWN = {
    "/api/keys/{key_id}/rotate": {"409": "The key has ended."},
    "/api/devices/{cluster}/merge": {"409": "The readings of the two make no one curve."},
    "/api/chat/": _ENDED,
    "/v1/chat/completions": _ENDED,
}
_METHODS = ("get", "post", "put", "patch", "delete")
# What FastAPI would document for bad input, and nothing here ever sends.
_UNUSED = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> dict[str, Any]:
    """The description, made once; the app serves it at `/api/openapi.json`."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        components = made.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for name in _UNUSED:
            schemas.pop(name, None)
        schemas |= {"Problem": PROBLEM, "OpenAIError": OPENAI_ERROR}
        components["securitySchemes"] = SECURITY
        for path, methods in made["paths"].items():
            for method in _METHODS:
                if method in methods:
                    _add_errors(path, methods[method])
                    _describe_form(methods[method], schemas)
                    _drop_unsent(methods[method])
                    add_examples(methods[method])
        made["tags"] = _tags(made["paths"])
        app.openapi_schema = made
    return app.openapi_schema


def _describe_form(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A form has files and texts alone: FastAPI calls it urlencoded, and its optional fields nullable."""
    content = operation.get("requestBody", {}).get("content", {})
    form = content.pop("application/x-www-form-urlencoded", None)
    if form is None:
        return
    content["multipart/form-data"] = form
    for field in schemas[form["schema"]["$ref"].rpartition("/")[2]]["properties"].values():
        choices = [choice for choice in field.pop("anyOf", ()) if choice != {"type": "null"}]
        field.update(*choices[:1])


def _drop_unsent(operation: dict[str, Any]) -> None:
    """Where an operation says what it sends, FastAPI's guess of JSON of no known form is wrong."""
    for response in operation["responses"].values():
        content = response.get("content", {})
        if len(content) > 1 and content.get("application/json") == {"schema": {}}:
            del content["application/json"]
        for form in content.values():
            form.setdefault("schema", {"type": "string"})


def _tags(paths: dict[str, Any]) -> list[dict[str, str]]:
    """The tags that operations carry, the well-known ones first and described."""
    used = {tag for methods in paths.values() for one in methods.values() for tag in one.get("tags", ())}
    described = [{"name": name, "description": text} for name, text in TAGS.items() if name in used]
    return described + [{"name": name} for name in sorted(used - set(TAGS))]


def _add_errors(path: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation.setdefault("responses", {})
    takes_input = responses.pop("422", None) is not None
    statuses = {"503": "A part is away for the moment; `Retry-After` says when to come back."}
    if not path.startswith("/health/"):
        statuses["401"] = "A key is needed (where REQUIRE_KEYS or API_KEYS_FILE is set)."
        statuses["403"] = (
            "The key's scopes do not allow this, a login's token is missing, or a foreign page asks."
        )
        statuses["429"] = "More requests came than are allowed; `Retry-After` says when to come back."
        operation["security"] = [{}, {"bearer": []}, {"header": []}, {"login": []}]
    if takes_input or "requestBody" in operation:
        statuses["400" if path.startswith("/v1/") else "422"] = "The input is not valid; each place is named."
    if "requestBody" in operation:
        statuses |= {
            "400": "The body cannot be read, or the input is not valid.",
            "413": "The body is larger than MAX_REQUEST_BYTES.",
            "415": "The body's media type is not taken.",
        }
    if "{" in path or path in _NAMING:
        statuses["404"] = "There is nothing of that name."
    statuses |= _OWN.get(path, {})
    for status, text in statuses.items():
        responses.setdefault(status, {"description": text, "content": _content(path)})


def _content(path: str) -> dict[str, Any]:
    if path.startswith("/v1/"):
        return {"application/json": {"schema": {"$ref": "#/components/schemas/OpenAIError"}}}
    return {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
