"""The page at `/`: plain files of our own, no build step, nothing from elsewhere."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from shared.errors import NotFound

FOLDER = Path(__file__).parents[1] / "web"
_TYPES = {"index.html": "text/html", "app.js": "text/javascript", "style.css": "text/css"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-cache",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index() -> FileResponse:
    """The page itself."""
    return _file("index.html")


@router.get("/web/{name}")
async def asset(name: str) -> FileResponse:
    """A file that the page loads; anything that is not one of ours is not found."""
    return _file(name)


def _file(name: str) -> FileResponse:
    if name not in _TYPES:
        raise NotFound(f"The page has no file {name!r}.")
    return FileResponse(FOLDER / name, media_type=_TYPES[name], headers=_HEADERS)
