"""The page at `/` and the files that it loads: plain files of our own, nothing from elsewhere."""

from fastapi import APIRouter, Request, Response

from api_service.pages.asset_response import IMMUTABLE, REVALIDATE, respond
from api_service.pages.asset_store import asset_store, page, service_worker
from shared.errors import NotFound

# No inline code or style. `'self'` as ancestor lets Home Assistant's ingress show the page in its frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
READ = ["GET", "HEAD"]

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=READ)
def index(request: Request) -> Response:
    """The page itself; asked for anew each time, and answered with 304 while nothing has changed."""
    return respond(request, page("index.html"), REVALIDATE, POLICY)


@router.api_route("/sw.js", methods=READ)
def offline_worker(request: Request) -> Response:
    """The service worker, beside the page: it may only serve what lies below its own address."""
    return respond(request, service_worker(), REVALIDATE, POLICY)


@router.api_route("/favicon.ico", methods=READ)
def icon(request: Request) -> Response:
    """For browsers and tools that look here without reading the page."""
    return respond(request, asset_store().assets["icons/icon-32.png"], REVALIDATE)


@router.api_route("/web/{version}/{path:path}", methods=READ)
def asset(request: Request, version: str, path: str) -> Response:
    """A file of the app; under another version (a page from before an update) what there is now."""
    store = asset_store()
    found = store.assets.get(path)
    if found is None:
        raise NotFound(f"The page has no file {path!r}.")
    return respond(request, found, IMMUTABLE if version == store.version else REVALIDATE)
