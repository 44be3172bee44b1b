"""Pure ASGI middleware: request ids, slashes, body limits, plain safety headers."""

import re
from uuid import uuid4

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_service.problems import problem
from shared.logs import bind_request, clear_request

_CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SAFETY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"SAMEORIGIN"),
]


class RequestIds:
    """Give each request an id (the client's `X-Request-ID` if it is sane), in logs and in the response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        clear_request()
        bind_request(request_id=request_id)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    *_SAFETY_HEADERS,
                ]
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            if _CLIENT_ID.fullmatch(text):
                return text
    return str(uuid4())


class TrailingSlashes:
    """Serve `/path` and `/path/` alike: the form that a route was written in is found without a redirect."""

    def __init__(self, app: ASGIApp, slashed: frozenset[str]) -> None:
        """`slashed` holds the route paths, with `{}` for parameters, that end in a slash."""
        self.app = app
        self._slashed = [re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))) for path in slashed]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            scope["path"] = self._written_form(scope["path"])
        await self.app(scope, receive, send)

    def _written_form(self, path: str) -> str:
        bare = path.rstrip("/") or "/"
        with_slash = f"{path.rstrip('/')}/"
        return with_slash if any(pattern.fullmatch(with_slash) for pattern in self._slashed) else bare


UPLOADS = "/api/imports"


def _too_large(most: int) -> str:
    limits = "MAX_REQUEST_BYTES, of files MAX_UPLOAD_BYTES"
    return f"The body is larger than {most} bytes ({limits}); send it in parts."


class LimitBodies:
    """Refuse a request body above a limit with 413, by its announced length or as it streams in.

    Uploads of files have a limit of their own.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, max_upload_bytes: int | None = None) -> None:
        self.app = app
        self._max_bytes = max_bytes
        self._max_upload_bytes = max_upload_bytes or max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_upload = scope["path"].rstrip("/") == UPLOADS
        most = self._max_upload_bytes if is_upload else self._max_bytes
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > most:
            await self._refuse(Request(scope), most)(scope, receive, send)
            return
        seen = 0

        async def receive_bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                # FastAPI turns any other error of reading the body into a 400.
                raise HTTPException(413, _too_large(most))
            return message

        await self.app(scope, receive_bounded, send)

    def _refuse(self, request: Request, most: int) -> JSONResponse:
        return problem(request, 413, "Too large", _too_large(most))
