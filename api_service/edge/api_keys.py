"""Keys that open the gateway: 256-bit random, kept only as SHA-256 digests, compared in constant time.

`API_KEYS_FILE` holds one key a line, `<sha256 hex> <name>`, of a further site `<site>:<sha256 hex> <name>`;
`python -m api_service.scripts.create_key NAME` prints a new key and its line; such keys allow everything.
With `REQUIRE_KEYS` the database's keys are let in too, each for its scopes. Without either setting every
caller is let in, but for those whom a proxy brings from other machines and says so by `X-Require-Key`
(deploy/caddy/Caddyfile).
"""

import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api_service.edge.origins import READS
from api_service.edge.rate_limits import too_many
from api_service.edge.wrong_keys import WrongKeys
from api_service.problems import problem, unavailable
from api_service.schemas.access.keys import KeyScope
from api_service.services.access.key_service import Caller, digest_of
from api_service.services.access.login_service import is_csrf_token
from api_service.site_names import DEFAULT_SITE, SITE_NAME
from shared.errors import InvalidInput, NotFound, Unavailable

_PORT = re.compile(r":(\d{1,5})$")
_LINE = re.compile(rf"(?:({SITE_NAME}):)?([0-9a-f]{{64}})\s+(\S.{{0,99}})")
REQUIRED = "x-require-key"  # a proxy that publishes this server sends it with each request
LOGIN_COOKIE = "askwatt_login"
CSRF_HEADER = "X-CSRF-Token"
# Whatever a key allows, its holder may log in and out with it.
_LOGIN = "/api/login/"
_FOR_ADMINISTRATORS = ("/api/keys", "/api/audit", "/api/sites")
# Probes of an orchestrator carry no key; they tell nothing about data.
_OPEN_PREFIXES = ("/health/", "/web/")
# The page asks for the key itself, and neither it nor the API's description tells anything about data.
_OPEN_PATHS = frozenset(
    {"/", "/sw.js", "/docs", "/redoc", "/openapi.json", "/api/openapi.json", "/favicon.ico"}
)


@dataclass(frozen=True)
class ApiKeys:
    """The digests that are let in, each with its owner's name; `sites`: which are of further sites."""

    names: dict[str, str]
    sites: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "ApiKeys":
        """Read a keys file; raises `InvalidInput` when it is missing, empty or has a line that is no key."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read ({error.strerror})") from error
        names: dict[str, str] = {}
        sites: dict[str, str] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            match = _LINE.fullmatch(line.strip())
            if match is None:
                form = "[<site>:]<sha256 hex> <name of at most 100>"
                raise InvalidInput(f"{path} line {number} is not '{form}'")
            site, digest, name = match[1] or DEFAULT_SITE, match[2], match[3]
            if digest in names and sites[digest] != site:
                raise InvalidInput(f"{path} line {number} has a key that opens another site already")
            names[digest], sites[digest] = name, site
        if not names:
            raise InvalidInput(f"{path} holds no key")
        return cls(names, sites)

    def owner(self, digest: str) -> str | None:
        """The name behind the key of that digest, or None; looks at every one so that time tells nothing."""
        found = None
        for known, name in self.names.items():
            if hmac.compare_digest(known, digest):
                found = name
        return found


@dataclass(frozen=True)
class Access:
    """Who is let in, with which key, and by which login if a page's cookie was shown instead of the key."""

    caller: Caller
    key_digest: str
    token: str | None


def access_of(request: Request) -> Access | None:
    """Who was let in with a key; None where none is asked for."""
    found: Access | None = request.scope.get("access")
    return found


class RequireKey:
    """Pure ASGI: 401 without a known key in `Authorization: Bearer` or `X-API-Key`, 403 for one too narrow.

    A page shows the cookie of its login instead, and the login's token with each request (403 without it).

    `keys` are those of the file, which allow everything; with `looks_up` also the database's are asked.
    `wrong_keys` bounds how often an address may be wrong (429).
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: ApiKeys | None,
        *,
        looks_up: bool = False,
        wrong_keys: WrongKeys | None = None,
    ) -> None:
        self.app = app
        self._keys = keys
        self._looks_up = looks_up
        self._wrong_keys = wrong_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if self._keys is None and not self._looks_up:
            refused = _unguarded(request) if REQUIRED in request.headers else None
            await (refused or self.app)(scope, receive, send)
            return
        try:
            access, refused = await self._admitted(request)
            if access is not None and refused is None and access.caller.site != DEFAULT_SITE:
                refused = await _opened(request, access.caller.site)
        except Unavailable as error:
            await unavailable(request, error)(scope, receive, send)
            return
        if access is not None:
            scope["access"], scope["caller"] = access, access.caller
        await (refused or self.app)(scope, receive, send)

    async def _admitted(self, request: Request) -> tuple[Access | None, Response | None]:
        """Who asks, and the refusal where that is not allowed: by the key that is presented, right or wrong,
        and by the cookie where there is none."""
        if not (key := _presented(request)):
            access = await self._by_cookie(request)
            return access, self._refusal(request, access)
        digest = digest_of(key)
        if self._wrong_keys and (wait_s := await self._wrong_keys.wait_s(request.scope, digest)):
            return None, too_many(request, "Too many wrong keys came from this address", wait_s)
        caller = await self._caller(request, digest)
        if self._wrong_keys:
            await self._wrong_keys.count(request.scope, digest, is_right=caller is not None)
        access = Access(caller, digest, None) if caller else None
        return access, self._refusal(request, access)

    async def _by_cookie(self, request: Request) -> Access | None:
        if not (token := request.cookies.get(login_cookie(request))):
            return None
        digest = await request.app.state.services.logins.find(token)
        caller = await self._caller(request, digest) if digest else None
        return Access(caller, digest, token) if caller and digest else None

    async def _caller(self, request: Request, digest: str) -> Caller | None:
        name = self._keys.owner(digest) if self._keys else None
        if name is not None:
            site = self._keys.sites.get(digest, DEFAULT_SITE) if self._keys else DEFAULT_SITE
            return Caller(name, frozenset({KeyScope.ADMIN}), site=site)
        if not self._looks_up:
            return None
        found: Caller | None = await request.app.state.services.keys.find(digest)
        return found

    @staticmethod
    def _refusal(request: Request, access: Access | None) -> Response | None:
        if access is None:
            detail = "Send a known key as 'Authorization: Bearer …' or 'X-API-Key: …'."
            refusal = problem(request, 401, "Key needed", detail)
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        if not _has_token(request, access.token):
            detail = f"Send the login's token, which GET /api/login tells, as {CSRF_HEADER}."
            return problem(request, 403, "Token needed", detail)
        scope = needed_scope(request.method, request.scope["path"])
        if access.caller.may(scope) or request.scope["path"] == _LOGIN:
            return None
        return problem(request, 403, "Not allowed", f"This needs a key with the scope {scope.value!r}.")


async def _opened(request: Request, site: str) -> Response | None:
    """Let the request at the data of a further site; the refusal where there is no such site."""
    try:
        await request.app.state.sites.open(site)
    except NotFound as error:
        return problem(request, 403, "No such site", str(error))
    return None


def _unguarded(request: Request) -> Response:
    detail = "This server can be reached by others and knows no keys; start it with REQUIRE_KEYS=true."
    return problem(request, 403, "Published without keys", detail)


def _has_token(request: Request, login_token: str | None) -> bool:
    """Whether a request by a login carries its token, reads too: so a page knows by which login it reads.

    A key needs none, and neither does the page that asks for the token.
    """
    if login_token is None or (request.scope["path"] == _LOGIN and request.method in READS):
        return True
    return is_csrf_token(request.headers.get(CSRF_HEADER, ""), login_token)


def needed_scope(method: str, path: str) -> KeyScope:
    """What a request needs: questions are reads, whatever they store; taking out devices is for admins."""
    takes_out = method == "DELETE" or path.rstrip("/").endswith("/merge")
    if path.startswith(_FOR_ADMINISTRATORS) or (takes_out and path.startswith("/api/devices")):
        return KeyScope.ADMIN
    is_read = method in READS or path.startswith(("/api/chat", "/v1/"))
    return KeyScope.READ if is_read else KeyScope.WRITE


def login_cookie(request: Request) -> str:
    """The cookie of a login. Browsers send it to each port of a host: its name tells servers there apart."""
    port = _PORT.search(request.headers.get("host", ""))
    return f"{LOGIN_COOKIE}_{port[1]}" if port else LOGIN_COOKIE


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith(_OPEN_PREFIXES)


def _presented(request: Request) -> str:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "token"):  # "Token" is what clients of InfluxDB send
        return credentials.strip()
    return request.headers.get("x-api-key", "")
