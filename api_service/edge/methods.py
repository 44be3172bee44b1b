"""HEAD, OPTIONS and `Allow` for every path, whatever single routes offer."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Methods:
    """Pure ASGI: HEAD is a GET without its body, OPTIONS tells the methods, a 405 names all of them.

    FastAPI's routes know their own methods alone: of a path with several routes only the first is asked.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self._routes = [route for route in routes if isinstance(route, Route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, offered = scope["method"], self._offered(scope)
        if method == "OPTIONS" and offered:
            await Response(status_code=204, headers={"Allow": ", ".join(offered)})(scope, receive, send)
            return
        is_head = method == "HEAD" and "GET" in offered
        inner = {**scope, "method": "GET"} if is_head else scope

        async def send_adapted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 405 and offered:
                MutableHeaders(scope=message)["allow"] = ", ".join(offered)
            if message["type"] == "http.response.body" and is_head:
                message = {**message, "body": b""}
            await send(message)

        await self.app(inner, receive, send_adapted)

    def _offered(self, scope: Scope) -> list[str]:
        found: set[str] = set()
        for route in self._routes:
            if route.matches(scope)[0] is not Match.NONE:
                found.update(route.methods or ())
        if "GET" in found:
            found.add("HEAD")
        return sorted({*found, "OPTIONS"}) if found else []
