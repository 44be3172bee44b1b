"""Who may speak to the gateway from a browser: known host names, and no writes from foreign pages.

A page of another site can point a name of its own at 127.0.0.1 (DNS rebinding) and then counts as the same
origin; the `Host` header still carries its name. It can also send forms and simple requests across origins,
though not read the answers; browsers mark those by `Sec-Fetch-Site` and `Origin`.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api_service.problems import problem

READS = frozenset({"GET", "HEAD", "OPTIONS"})
ANY = "*"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@\\\[\]:]+)(:[0-9]*)?")


class KnownHosts:
    """Pure ASGI: 421 for a `Host` that is neither an address, a loopback name nor in `names`.

    An address cannot be rebound, so it is always let in. `names` may begin with a dot (`.example.org`, that
    domain and all below) and may hold `*`, which lets every name in.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self.app = app
        self._names = {name.lower() for name in names}
        self._domains = tuple(name for name in self._names if name.startswith("."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            given = Headers(scope=scope).getlist("host")
            # Two names are a way to have a proxy in front and this server read different ones.
            host = hostname(given[0]) if len(given) == 1 else ""
            if not self._is_known(host):
                detail = f"This server does not answer to the name {host!r}; add it to ALLOWED_HOSTS."
                await problem(Request(scope), 421, "Unknown host", detail)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        if ANY in self._names or host in self._names or is_address(host):
            return True
        if host == "localhost" or host.endswith(".localhost"):
            return True
        return any(host == domain[1:] or host.endswith(domain) for domain in self._domains)


class SameOriginWrites:
    """Pure ASGI: 403 for a request that changes something and comes from a page of another origin.

    Programs send neither `Sec-Fetch-Site` nor `Origin` and pass. `origins` (`https://app.example.org`) pass
    too.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        self._origins = {origin.lower().rstrip("/") for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and scope["method"] not in READS and self._is_foreign(scope):
            detail = "Pages of another origin may change nothing here; CORS_ORIGINS names those that may."
            await problem(Request(scope), 403, "Foreign origin", detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin", "").lower()
        if origin and origin in self._origins:
            return False
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return True
        # The scheme is left out: a proxy in front may have ended TLS.
        return bool(origin) and urlsplit(origin).netloc != headers.get("host", "").lower()


def hostname(host: str) -> str:
    """The name in a `Host` header, in lower case, without port and brackets: `[::1]:8000` gives `::1`.

    Empty for what is more than a name and a port: whoever makes a URL of `localhost/x` reads another path.
    """
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".") if _HOST.fullmatch(host) else ""
    except ValueError:
        return ""


def is_address(host: str) -> bool:
    """Whether `host` is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
