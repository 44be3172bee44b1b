"""Ask a running AskWatt one question over HTTP and print the answer for people."""

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any

QUESTION = "Which device used the most energy yesterday?"
HTTP_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 120.0
BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class NoAnswer(Exception):
    """The question was not answered; the message says what the server said instead."""


def get(url: str, timeout_s: float = 5.0) -> tuple[int, Any]:
    """The status and JSON body of a GET, also of a refusal; status 0 when nobody answers."""
    return _call(urllib.request.Request(url), timeout_s)  # noqa: S310 our own address


def ask(base_url: str, question: str = QUESTION, idle: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Ask and wait for the answer's body; `idle` is called while waiting. Raise `NoAnswer`."""
    request = urllib.request.Request(  # noqa: S310 our own address
        f"{base_url}/api/chat/",
        data=json.dumps({"user_message": question}).encode(),
        headers={"Content-Type": "application/json"},
    )
    status, body = _call(request, HTTP_TIMEOUT_S)
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while status == 202 and time.monotonic() < deadline:
        idle()
        message_url = f"{base_url}/api/chat/messages/{body['message_id']}?wait=5"
        _, body = get(message_url, HTTP_TIMEOUT_S)
        if body.get("status") in {"succeeded", "failed", "cancelled"}:
            status, body = 200, body.get("answer") or body
    if status != 200 or not body.get("response"):
        raise NoAnswer(f"{status}: {body.get('detail') or body.get('error') or body}")
    answer: dict[str, Any] = body
    return answer


def is_true_answer(answer: dict[str, Any]) -> bool:
    """Whether something was answered from the data, not declined."""
    return bool(answer["devices"] and answer["evidence"])


def print_answer(question: str, answer: dict[str, Any]) -> None:
    """Question, answer, devices, confidence and evidence, one line each."""
    speaker = (
        "the model's own words" if answer["answered_by"] == "model" else "words put together from the facts"
    )
    total_s = (answer.get("timings") or {}).get("total_s")
    took = f", {total_s:.2f} s" if isinstance(total_s, int | float) else ""
    rows = [
        ("You", _styled(question, BOLD)),
        ("AskWatt", _styled(answer["response"], BOLD)),
        ("devices", ", ".join(answer["devices"]) or "none"),
        ("confidence", f"{answer['confidence']:.2f} ({speaker}{took})"),
    ]
    rows += [("evidence", line) for line in map(_evidence, answer["evidence"])]
    lines = [f"  {_styled(label.rjust(10), DIM)}  {text}" for label, text in rows]
    print("\n" + "\n".join(lines) + "\n", flush=True)


def _evidence(item: dict[str, Any]) -> str:
    coverage = item.get("coverage")
    covered = f", coverage {coverage:.0%}" if isinstance(coverage, int | float) else ""
    value = f"{item['value']:g}" if isinstance(item["value"], int | float) else str(item["value"])
    what = f"{item.get('device') or 'all devices'}: {item['quantity']} {item['statistic']}"
    at = f" at {_moment(item['at'])}" if item.get("at") else ""
    behind = f"{item.get('samples', 0)} readings{covered}"
    return f"{what} {value} {item.get('unit') or ''}{at} · {_span(item)} · {behind}"


def _span(item: dict[str, Any]) -> str:
    return f"{_moment(item['start'])} to {_moment(item['end'])}"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"


def _styled(text: str, style: str) -> str:
    return f"{style}{text}{PLAIN}" if sys.stdout.isatty() else text


def _call(request: urllib.request.Request, timeout_s: float) -> tuple[int, Any]:
    # A proxy from the environment has no business between this machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout_s) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, _problem(refusal.read())
    except (OSError, ValueError) as problem:
        return 0, {"detail": str(problem)}


def _problem(body: bytes) -> dict[str, Any]:
    """The body of a refusal, also of one that is no problem document."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = body.decode(errors="replace")[:200]
    return problem if isinstance(problem, dict) else {"detail": problem}
