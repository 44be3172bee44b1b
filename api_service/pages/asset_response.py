"""An asset as an HTTP response: conditional, compressed where the client takes it."""

from fastapi import Request, Response

from api_service.pages.asset_store import Asset

REVALIDATE = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"


def respond(request: Request, asset: Asset, cache_control: str, policy: str | None = None) -> Response:
    """200 with the body, or 304 where the client has it already; `policy` is the page's CSP."""
    headers = {"ETag": asset.etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if policy:
        headers["Content-Security-Policy"] = policy
    if _has_it(request.headers.get("if-none-match", ""), asset.etag):
        return Response(status_code=304, headers=headers)
    body = asset.body
    if asset.gzipped is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        body = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=asset.media_type)


def _has_it(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2): a proxy that compresses may have made our tag a weak one."""
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in known or "*" in known


def _takes_gzip(accept_encoding: str) -> bool:
    for offered in accept_encoding.lower().split(","):
        coding, _, parameters = offered.strip().partition(";")
        if coding.strip() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
