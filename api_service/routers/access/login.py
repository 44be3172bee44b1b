"""`/api/login`: a page logs in with a key, and out."""

from fastapi import APIRouter, Request, Response

from api_service.dependencies import LoginServiceDep
from api_service.edge.api_keys import Access, access_of, login_cookie
from api_service.schemas.access.keys import KeyScope
from api_service.schemas.access.login import LoginDetails, LoginRequest
from api_service.services.access.login_service import KEPT_S, csrf_token_of

router = APIRouter(prefix="/api/login", tags=["keys"])


@router.post("/")
async def log_in(
    login: LoginRequest, request: Request, response: Response, logins: LoginServiceDep
) -> LoginDetails:
    """Log a browser in with the key of this request: the answer sets a cookie that no script can read."""
    access = access_of(request)
    response.headers["Cache-Control"] = "no-store"
    if access is None or access.token is not None:
        return _details(access)
    replaced = request.cookies.get(login_cookie(request))
    token = await logins.begin(access.key_digest, keep=login.keep, instead_of=replaced)
    response.set_cookie(
        login_cookie(request),
        token,
        max_age=KEPT_S if login.keep else None,
        secure=_is_https(request),
        httponly=True,
        samesite="strict",
    )
    return _details(Access(access.caller, access.key_digest, token))


@router.get("/")
async def get_login(request: Request, response: Response) -> LoginDetails:
    """Who is logged in, and the token for changes."""
    response.headers["Cache-Control"] = "no-store"
    return _details(access_of(request))


@router.delete("/", status_code=204)
async def log_out(request: Request, response: Response, logins: LoginServiceDep) -> None:
    """End the login of this browser."""
    access = access_of(request)
    if access is not None and access.token is not None:
        await logins.end(access.token)
    response.delete_cookie(login_cookie(request), secure=_is_https(request), httponly=True, samesite="strict")


def _is_https(request: Request) -> bool:
    """Whether the browser speaks HTTPS, also to a proxy that ends it: its page's origin says so."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")


def _details(access: Access | None) -> LoginDetails:
    if access is None:
        return LoginDetails(owner=None, scopes=list(KeyScope), csrf_token=None)
    token = access.token and csrf_token_of(access.token)
    return LoginDetails(owner=access.caller.owner, scopes=sorted(access.caller.scopes), csrf_token=token)
