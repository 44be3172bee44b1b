"""Keys that open the gateway: 256-bit random, kept only as SHA-256 digests, compared in constant time.

`API_KEYS_FILE` holds one key a line, `<sha256 hex> <name>`; `python -m api_service.scripts.create_key NAME`
prints a new key and its line. Without the setting every caller is let in.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api_service.problems import problem
from shared.errors import InvalidInput

_LINE = re.compile(r"([0-9a-f]{64})\s+(\S.*)")
# Probes of an orchestrator carry no key; they tell nothing about data.
_OPEN_PREFIXES = ("/health/", "/web/")
# The page asks for the key itself, and neither it nor the API's description tells anything about data.
_OPEN_PATHS = frozenset({"/", "/docs", "/redoc", "/openapi.json", "/api/openapi.json", "/favicon.ico"})


@dataclass(frozen=True)
class ApiKeys:
    """The digests that are let in, each with its owner's name."""

    names: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "ApiKeys":
        """Read a keys file; raises `InvalidInput` when it is missing, empty or has a line that is no key."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read ({error.strerror})") from error
        names = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            match = _LINE.fullmatch(line.strip())
            if match is None:
                raise InvalidInput(f"{path} line {number} is not '<sha256 hex> <name>'")
            names[match[1]] = match[2]
        if not names:
            raise InvalidInput(f"{path} holds no key")
        return cls(names)

    def owner(self, key: str) -> str | None:
        """The name behind `key`, or None; looks at every digest so that time tells nothing."""
        digest = digest_of(key)
        found = None
        for known, name in self.names.items():
            if hmac.compare_digest(known, digest):
                found = name
        return found


def digest_of(key: str) -> str:
    """What the file keeps of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


class RequireKey:
    """Pure ASGI: 401 without a known key in `Authorization: Bearer` or `X-API-Key`."""

    def __init__(self, app: ASGIApp, keys: ApiKeys | None) -> None:
        self.app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if self._keys is None or scope["type"] != "http" or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if self._keys.owner(_presented(request)) is None:
            detail = "Send a known key as 'Authorization: Bearer …' or 'X-API-Key: …'."
            refusal = problem(request, 401, "Key needed", detail)
            refusal.headers["WWW-Authenticate"] = "Bearer"
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith(_OPEN_PREFIXES)


def _presented(request: Request) -> str:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return request.headers.get("x-api-key", "")
