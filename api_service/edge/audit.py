"""Every change over HTTP goes into the audit log, whichever route makes it.

The entry is committed before the request is handled: where it cannot be, nothing is changed either (503).
"""

import json
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_service.problems import unavailable
from api_service.services.access.audit_service import Attempt, AuditService
from api_service.site_names import DEFAULT_SITE
from shared.errors import Unavailable

# Readings and questions are stored themselves, with their moments.
_NO_CHANGES = ("/api/chat", "/v1/", "/api/readings", "/api/v2/write")
# Conversations are renamed and deleted, though.
_CHAT = "/api/chat/sessions/"
# Whose bodies say what is changed; they hold no secrets.
_TOLD = ("/api/devices", "/api/tariffs", "/api/keys")
LARGEST_BODY = 4000


CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class RecordChanges:
    """Pure ASGI: who changes what, when and from where; stands behind `RequireKey`, which says who."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or not is_change(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        audit: AuditService = scope["app"].state.services.audit
        try:
            entry_id = await audit.begin(_attempt(scope))
        except Unavailable as error:
            await unavailable(Request(scope), error)(scope, receive, send)
            return
        change = _Change(audit, entry_id, scope, receive, send)
        try:
            await self.app(scope, change.receive, change.send)
        finally:
            await change.end(500)


class _Change:
    """One request on its way: keeps a small body, and writes the outcome before the answer leaves."""

    def __init__(
        self, audit: AuditService, entry_id: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._audit = audit
        self._entry_id = entry_id
        self._receive, self._send = receive, send
        media_type = Headers(scope=scope).get("content-type", "")
        self._is_told = scope["path"].startswith(_TOLD) and "json" in media_type
        self._body = b""
        self._has_ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        if self._is_told and len(self._body) <= LARGEST_BODY:
            self._body += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self.end(message["status"])
        await self._send(message)

    async def end(self, status: int) -> None:
        """Write the outcome, once."""
        if self._has_ended:
            return
        self._has_ended = True
        await self._audit.end(self._entry_id, status, self._details())

    def _details(self) -> dict[str, Any] | None:
        if not self._body or len(self._body) > LARGEST_BODY:
            return None
        try:
            body = json.loads(self._body)
            # What the database cannot hold, or the list of entries not send, is not kept.
            json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) else None


def is_change(method: str, path: str) -> bool:
    """Whether a request changes something that its own record does not tell; other methods are refused."""
    if method not in CHANGES:
        return False
    if path.startswith(_CHAT):
        return method in {"PATCH", "DELETE"}
    return not path.startswith(_NO_CHANGES)


def _attempt(scope: Scope) -> Attempt:
    caller = scope.get("caller")
    client = scope.get("client") or ("", 0)
    query = scope.get("query_string", b"").decode("latin-1")
    path = scope["path"].replace("\0", "%00")  # PostgreSQL stores no NUL
    return Attempt(
        action=scope["method"][:16],
        target=f"{path}?{query}" if query else path,
        address=client[0][:64],
        owner=caller.owner if caller else None,
        key_id=caller.key_id if caller else None,
        request_id=scope.get("request_id"),
        site=caller.site if caller else DEFAULT_SITE,
    )
