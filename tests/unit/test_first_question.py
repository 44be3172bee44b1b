"""The question that `make run` asks: waiting for the answer, telling refusals, printing for people."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from launcher.first_question import NoAnswer, ask, get, is_true_answer, print_answer

ANSWER: dict[str, Any] = {
    "response": "The heat pump used the most energy yesterday: 31.2 kWh.",
    "devices": ["Heat pump"],
    "confidence": 0.968,
    "answered_by": "model",
    "evidence": [
        {
            "device": "Heat pump",
            "quantity": "energy",
            "statistic": "sum",
            "value": 31.2,
            "unit": "kWh",
            "start": "2026-03-16T00:00:00+01:00",
            "end": "2026-03-17T00:00:00+01:00",
            "at": None,
            "samples": 1440,
            "coverage": 0.995,
        }
    ],
    "timings": {"queue_s": 0.01, "model_s": 0.2, "total_s": 0.234},
}


class Scripted(BaseHTTPRequestHandler):
    """Gives the scripted replies one after the other and keeps what was asked."""

    replies: ClassVar[list[tuple[int, Any]]] = []
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(f"GET {self.path}")
        self._reply()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(f"POST {self.path} {json.loads(body)['user_message']}")
        self._reply()

    def _reply(self) -> None:
        status, body = self.replies.pop(0)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(*replies: tuple[int, Any]) -> Iterator[str]:
    Scripted.replies[:], Scripted.asked[:] = replies, []
    with HTTPServer(("127.0.0.1", 0), Scripted) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_ask_returns_the_answer_of_a_plain_200() -> None:
    with serving((200, ANSWER)) as url:
        assert ask(url, "Which?") == ANSWER
    assert Scripted.asked == ["POST /api/chat/ Which?"]


def test_ask_when_accepted_waits_at_the_message_until_it_is_answered() -> None:
    queued = {"message_id": "m1", "status": "queued"}
    done = {"message_id": "m1", "status": "succeeded", "answer": ANSWER}
    waited: list[int] = []
    with serving((202, queued), (200, {**queued, "status": "running"}), (200, done)) as url:
        assert ask(url, "Which?", idle=lambda: waited.append(1)) == ANSWER
    assert Scripted.asked[1:] == ["GET /api/chat/messages/m1?wait=5"] * 2
    assert len(waited) == 2


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (503, {"detail": "Redis does not answer"}, "503: Redis does not answer"),
        (500, "gone", "500: gone"),
        (202, {"message_id": "m1"}, "the model failed"),
    ],
)
def test_ask_when_refused_says_what_the_server_said(status: int, body: Any, reason: str) -> None:
    failed = {"message_id": "m1", "status": "failed", "error": "the model failed"}
    with serving((status, body), (200, failed)) as url, pytest.raises(NoAnswer, match=reason):
        ask(url, "Which?")


def test_get_when_nobody_listens_is_status_0() -> None:
    with serving() as url:
        pass
    status, body = get(url)
    assert status == 0
    assert "refused" in body["detail"]


@pytest.mark.parametrize(
    ("change", "expected"), [({}, True), ({"devices": []}, False), ({"evidence": []}, False)]
)
def test_answer_without_devices_or_evidence_is_none(change: dict[str, Any], expected: bool) -> None:
    assert is_true_answer({**ANSWER, **change}) is expected


def printed_lines(capsys: pytest.CaptureFixture[str], change: dict[str, Any]) -> list[str]:
    print_answer("Which device?", {**ANSWER, **change})
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line]


def test_print_answer_shows_answer_devices_confidence_and_evidence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed_lines(capsys, {}) == [
        "You  Which device?",
        "AskWatt  The heat pump used the most energy yesterday: 31.2 kWh.",
        "devices  Heat pump",
        "confidence  0.97 (the model's own words, 0.23 s)",
        "evidence  Heat pump: energy sum 31.2 kWh · 2026-03-16 00:00 to 2026-03-17 00:00"
        " · 1440 readings, coverage 100%",
    ]


def test_print_answer_from_the_facts_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed_lines(capsys, {"answered_by": "facts", "timings": None})
    assert "confidence  0.97 (words put together from the facts)" in lines


def test_print_answer_with_a_peak_names_its_moment(capsys: pytest.CaptureFixture[str]) -> None:
    peak = {**ANSWER["evidence"][0], "statistic": "max", "at": "2026-03-16T18:30:00+01:00"}
    (line,) = [line for line in printed_lines(capsys, {"evidence": [peak]}) if line.startswith("evidence")]
    assert "max 31.2 kWh at 2026-03-16 18:30 ·" in line
