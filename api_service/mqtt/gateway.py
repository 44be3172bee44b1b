"""The gateway as the bridge sees it: points go to `POST /api/v2/write` and count once they are committed."""

import asyncio
import random
from collections.abc import Sequence

import httpx

from api_service.ingest.line_protocol.lines import body_of
from api_service.ingest.line_protocol.points import Point
from shared.logs import get_logger

log = get_logger(__name__)

PATH = "/api/v2/write"
REQUEST_TIMEOUT_S = 60.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
MOST_PORT = 65_535
TOO_LARGE, INVALID, PARTIAL = 413, 422, "Partial write"
"""The gateway's own verdicts on a body: refused whole, or committed but for the lines that it names."""


class GatewayClient:
    """Posts points, as often as it takes.

    Raises `ValueError` for a URL that is no address, and for a key that no header can hold.
    """

    def __init__(self, url: str, key: str = "", first_pause_s: float = FIRST_PAUSE_S) -> None:
        if not (key.isascii() and key.isprintable()):
            raise ValueError("a key is made of printable ASCII characters")
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(base_url=_address(url), headers=headers, timeout=REQUEST_TIMEOUT_S)
        self._first_pause_s = first_pause_s

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def store(self, points: Sequence[Point]) -> None:
        """Return once all points are committed but those that the gateway refuses, which are logged.

        Tries again, with a growing pause, until an answer is the gateway's verdict on the points: a key may
        be given later, and a proxy in front may redirect, refuse or start before the gateway.
        """
        pause_s, problem = self._first_pause_s, ""
        while True:
            answer = await self._post(points)
            if isinstance(answer, httpx.Response) and _is_verdict(answer):
                break
            found = answer if isinstance(answer, str) else f"{answer.status_code} {answer.text[:300]}"
            if found != problem:
                log.warning("gateway_away", reason=found, waiting=len(points), next_try_s=pause_s)
                problem = found
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        if problem:
            log.info("gateway_is_back")
        await self._settle(answer, points)

    async def _post(self, points: Sequence[Point]) -> httpx.Response | str:
        """The answer, or why there is none."""
        try:
            return await self._http.post(PATH, params={"precision": "us"}, content=body_of(points))
        except httpx.RequestError as error:
            return str(error) or type(error).__name__

    async def _settle(self, answer: httpx.Response, points: Sequence[Point]) -> None:
        """Log what the gateway refused; of a body that it refused whole, store each half by itself."""
        if answer.is_success:
            return
        if _is_partial(answer):
            log.warning("points_refused", answer=answer.text[:1000])
        elif len(points) > 1:
            half = len(points) // 2
            await self.store(points[:half])
            await self.store(points[half:])
        else:
            log.warning("point_refused", device=points[0].tags.get("device"), answer=answer.text[:1000])


def _address(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(f"{text} is no address: {error}") from None
    if not url.host or (url.port or 0) > MOST_PORT:
        raise ValueError(f"{text} is no address; use http://host:port or https://host")
    return url


def _is_verdict(answer: httpx.Response) -> bool:
    return answer.is_success or answer.status_code in (TOO_LARGE, INVALID) or _is_partial(answer)


def _is_partial(answer: httpx.Response) -> bool:
    if answer.status_code != httpx.codes.BAD_REQUEST:
        return False
    try:
        document = answer.json()
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("title") == PARTIAL
