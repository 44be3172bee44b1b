"""429 for a key that asks more often than RATE_LIMIT and QUESTION_QUOTA allow."""

import ipaddress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api_service.problems import problem
from api_service.services.access.request_limits import RequestLimits
from api_service.site_names import DEFAULT_SITE

_QUESTIONS = frozenset({"/api/chat/", "/v1/chat/completions"})
# Probes and the page's own files: a refused page could not even say why.
_FREE = ("/health/", "/web/")
# Whoever has one IPv6 address has all of such a network.
_IPV6_NETWORK_BITS = 64


class LimitRates:
    """Pure ASGI behind `RequireKey`: counts by key, or with `by_address` those without one by address."""

    def __init__(self, app: ASGIApp, *, by_address: bool) -> None:
        self.app = app
        self._by_address = by_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        who = self._who(scope)
        if who is None:
            await self.app(scope, receive, send)
            return
        limits: RequestLimits = scope["app"].state.services.limits
        is_question = scope["method"] == "POST" and scope["path"] in _QUESTIONS
        wait_s = await limits.wait_s(who, is_question=is_question)
        if wait_s is None:
            await self.app(scope, receive, send)
            return
        reason = "More requests came than are allowed (RATE_LIMIT, QUESTION_QUOTA)"
        await too_many(Request(scope), reason, wait_s)(scope, receive, send)

    def _who(self, scope: Scope) -> str | None:
        """For whom a request counts; None for one that is free: where keys are asked for, what needs none."""
        if scope["type"] != "http" or scope["path"] == "/" or scope["path"].startswith(_FREE):
            return None
        caller = scope.get("caller")
        if caller is not None:
            if caller.key_id:
                return f"key:{caller.key_id}"
            site = "" if caller.site == DEFAULT_SITE else f"@{caller.site}"
            return f"file{site}:{caller.owner}"
        return f"address:{network_of(scope)}" if self._by_address else None


def too_many(request: Request, reason: str, wait_s: int) -> Response:
    """A 429 that says why, and when to come back."""
    refusal = problem(request, 429, "Too many requests", f"{reason}; come back in {wait_s} s.")
    refusal.headers["Retry-After"] = str(wait_s)
    return refusal


def network_of(scope: Scope) -> str:
    """The address of a client, of IPv6 its network alone."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))
    return host
