"""Bodies only under the media type that their route reads."""

from collections.abc import Iterable

from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from api_service.problems import problem


class JsonBodies:
    """Pure ASGI: 415 for a body that a route would read as JSON and that is not called so.

    A page of another origin can send `text/plain`, a form, or a body without a type, but JSON not without
    asking first (a CORS preflight). A request without a body passes: its route says what is missing.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self._routes = [route for route in routes if _reads_json(route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
            headers = Headers(scope=scope)
            if _has_body(headers) and not _is_json(headers.get("content-type", "")) and self._read(scope):
                detail = "The body must be JSON, with the header 'Content-Type: application/json'."
                await problem(Request(scope), 415, "Unsupported media type", detail)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _read(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)


def _reads_json(route: BaseRoute) -> bool:
    if not isinstance(route, APIRoute) or route.body_field is None:
        return False
    return not isinstance(route.body_field.field_info, Form)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
