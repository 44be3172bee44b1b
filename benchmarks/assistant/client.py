"""Asks the service over HTTP, as any client would."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

REQUEST_TIMEOUT_S = 120.0
ANSWER_TIMEOUT_S = 180.0
_FINAL = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True)
class Reply:
    """What came back: the answer's body, or `error` in words. `latency_s` runs from question to answer."""

    body: dict[str, Any]
    latency_s: float
    error: str | None = None


class ChatClient:
    """A client of `POST /api/chat/` at one base address, such as `http://127.0.0.1:8000`."""

    def __init__(self, base_url: str, api_key: str | None = None) -> None:
        self._base_url = base_url.rstrip("/") + "/"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            self._headers["X-API-Key"] = api_key

    def ask(self, message: str, session_id: str | None = None) -> Reply:
        """Ask, and wait for the answer even where the service puts us off with a 202."""
        started = time.perf_counter()
        payload: dict[str, Any] = {"user_message": message}
        if session_id:
            payload["session_id"] = session_id
        try:
            status, body, headers = self._request("api/chat/", payload)
            if status == 202:
                body = self._wait(headers["location"])
        except urllib.error.HTTPError as problem:
            text = problem.read().decode("utf-8", "replace")[:300]
            return Reply({}, time.perf_counter() - started, f"HTTP {problem.code}: {text}")
        except (OSError, TimeoutError, ValueError, KeyError) as problem:
            return Reply({}, time.perf_counter() - started, f"{type(problem).__name__}: {problem}")
        return Reply(body, time.perf_counter() - started)

    def explanation(self, message_id: str) -> dict[str, Any]:
        """How the answer came about, as the service tells it; empty where it does not."""
        try:
            _, body, _ = self._request(f"api/chat/messages/{message_id}?explain=true")
        except (OSError, ValueError):
            return {}
        found = body.get("explanation") or (body.get("answer") or {}).get("explanation") or {}
        return dict(found.get("reading") or found) if isinstance(found, dict) else {}

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return self._request(path)[1]

    def change(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Set something up: `PATCH` or `PUT` of a JSON body."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(urljoin(self._base_url, path), data, self._headers, method=method)
        with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT_S):
            pass

    def _wait(self, location: str) -> dict[str, Any]:
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while time.monotonic() < deadline:
            _, body, _ = self._request(f"{location}?wait=10")
            if body.get("status") in _FINAL:
                answer = body.get("answer") or body
                if "response" not in answer:
                    raise ValueError(f"the message ended as {body.get('status')}")
                return dict(answer)
            time.sleep(0.2)
        raise TimeoutError("no final answer in time")

    def _request(
        self, path: str, payload: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        data = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(urljoin(self._base_url, path), data, self._headers)
        with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT_S) as response:
            return (
                response.status,
                json.load(response),
                {name.lower(): value for name, value in response.headers.items()},
            )
