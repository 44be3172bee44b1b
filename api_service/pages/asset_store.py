"""The web app's files in memory, named by one hash over all of them.

Modules import each other by relative paths, so the whole tree is served below `/web/{version}/`: any change
makes new addresses for all of it, and what lies below an address never changes.
"""

import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "web"
VERSION_LENGTH = 12
# Below this many bytes a compressed body saves no packet.
SMALLEST_COMPRESSED = 500
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
}
_COMPRESSED_ALREADY = {".png", ".ico", ".woff2"}
# Swagger UI and Redoc as a package ships them; `viewer/` is their folder in our tree.
_VIEWER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js")
# Redoc would load its maker's mark from there; it draws none where the image cannot be read.
_FOREIGN_IMAGE = b"https://cdn.redoc.ly/redoc/logo-mini.svg"


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, media type and entity tag."""

    body: bytes
    media_type: str
    is_compressible: bool

    @cached_property
    def etag(self) -> str:
        """A strong entity tag of the content."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @cached_property
    def gzipped(self) -> bytes | None:
        """The body compressed once, or None where that saves nothing."""
        if not self.is_compressible or len(self.body) < SMALLEST_COMPRESSED:
            return None
        return gzip.compress(self.body, 9, mtime=0)


class AssetStore:
    """All files by their path below `/web/{version}/`; `version` is a hash of every path and content."""

    def __init__(self, assets: dict[str, Asset]) -> None:
        self.assets = assets
        digest = hashlib.sha256()
        for path, asset in sorted(assets.items()):
            digest.update(f"{path}\0{len(asset.body)}\0".encode() + asset.body)
        self.version = digest.hexdigest()[:VERSION_LENGTH]

    def page(self, path: str) -> Asset:
        """An HTML page with `{{version}}` and the list of `{{modules}}` filled in."""
        text = self.assets[path].body.decode()
        preloads = "\n".join(
            f'<link rel="modulepreload" href="./web/{self.version}/{name}">' for name in self._modules()
        )
        text = text.replace("{{modules}}", preloads).replace("{{version}}", self.version)
        return Asset(text.encode(), _MEDIA_TYPES[".html"], is_compressible=True)

    def service_worker(self) -> Asset:
        """The service worker with the version and the files that it keeps; the API's viewers stay out."""
        kept = [
            f"web/{self.version}/{path}"
            for path in sorted(self.assets)
            if not path.startswith(("viewer/", "docs/", "offline/")) and not path.endswith(".html")
        ]
        text = self.assets["offline/worker.js"].body.decode()
        text = text.replace("{{version}}", self.version).replace("__FILES__", json.dumps(kept, indent=1))
        return Asset(text.encode(), _MEDIA_TYPES[".js"], is_compressible=True)

    def _modules(self) -> list[str]:
        """What the app's start imports: without this list the browser would find it file by file."""
        needed = ("app/", "lib/", "ui/", "plots/", "views/", "vendor/", "locales/en")
        return sorted(
            path for path in self.assets if path.startswith(needed) and path.endswith((".js", ".mjs"))
        )


@cache
def asset_store() -> AssetStore:
    """The store of this process, read at the first request."""
    found = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix in {*_MEDIA_TYPES, *_COMPRESSED_ALREADY}
    }
    viewer = files("fastapi_offline") / "static"
    found |= {
        f"viewer/{name}": (viewer / name).read_bytes().replace(_FOREIGN_IMAGE, b"data:,")
        for name in _VIEWER_FILES
    }
    return AssetStore({path: _asset(path, body) for path, body in found.items()})


@cache
def page(path: str) -> Asset:
    """One page of the store, filled in once."""
    return asset_store().page(path)


@cache
def service_worker() -> Asset:
    """The service worker, filled in once."""
    return asset_store().service_worker()


def _asset(path: str, body: bytes) -> Asset:
    suffix = Path(path).suffix
    media_type = _MEDIA_TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Asset(body, media_type, is_compressible=suffix not in _COMPRESSED_ALREADY)
