"""The benchmark's runner over real HTTP, against a small server that knows the truth."""

import ast
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks.assistant import report
from benchmarks.assistant.__main__ import FIRST_SEED, MOST_HOUSEHOLDS, main
from benchmarks.assistant.cases import Case, CaseWriter, Turn
from benchmarks.assistant.client import ChatClient
from benchmarks.assistant.gold.ground_truth import Truth
from benchmarks.assistant.phrasings import read
from benchmarks.assistant.run import run_cases
from simulator import BENCHMARK_SEEDS_FROM, sample
from simulator.household import SAMPLE_SEED


def _right_body(turn: Turn) -> dict[str, Any]:
    """An answer that says what must be said, and nothing else."""
    if not turn.accepted:
        return {"response": "I cannot tell.", "devices": [], "confidence": 0.1, "answered_by": "facts"}
    right = turn.accepted[0]
    order = list(right.devices)
    said = [", then ".join(order), "and these values:"]
    if right.values:
        (most, first), (least, second) = sorted(
            zip(order, right.values, strict=True), key=lambda pair: -pair[1].value
        )
        values = f"{second.value:.1f} {first.unit} against {first.value:.1f} {first.unit}"
        said = [f"{least} used less than {most}, {values}:"]
    said += [
        f"{claim.value:.1f} {claim.unit}" if claim.unit else f"{claim.value:.4f}" for claim in right.claims
    ]
    said += [*right.words, *right.clocks[:1]]
    moment = f"2026-03-10T{right.clocks[0]}:00Z" if right.clocks else None
    evidence = [
        {
            "device": None,
            "quantity": "spoken",
            "statistic": "",
            "value": c.value,
            "unit": c.unit,
            "at": moment,
        }
        for c in (*right.claims, *right.values)
    ] or [{"device": None, "quantity": "spoken", "statistic": "", "value": None, "unit": "", "at": moment}]
    return {
        "response": " ".join(said),
        "devices": list(right.devices),
        "confidence": 0.95,
        "answered_by": "model",
        "evidence": evidence,
    }


class Oracle(ThreadingHTTPServer):
    """Answers from a list of turns; the words "slow" and "broken" choose a 202 and a 500."""

    def __init__(self, turns: dict[str, dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), OracleHandler)
        self.turns = turns
        self.polls = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class OracleHandler(BaseHTTPRequestHandler):
    server: Oracle

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["user_message"] == "broken":
            self._send(500, {"title": "broken"})
        elif asked["user_message"] == "slow":
            self._send(202, {"status": "queued"}, "/api/chat/messages/7")
        else:
            body = self.server.turns[asked["user_message"]]
            self._send(200, {**body, "session_id": asked.get("session_id") or "s-1"})

    def do_GET(self) -> None:
        self.server.polls += 1
        done = self.server.polls > 1
        self._send(
            200, {"status": "succeeded", "answer": {"response": "late"}} if done else {"status": "running"}
        )

    def _send(self, status: int, body: dict[str, Any], location: str | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if location:
            self.send_header("location", location)  # names of headers know no case
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth.of(sample())


@pytest.fixture(scope="module")
def cases(truth: Truth) -> list[Case]:
    return list(CaseWriter(truth, read("test"), sample().seed).cases())


@pytest.fixture
def oracle(cases: list[Case]) -> Iterator[Oracle]:
    server = Oracle(
        {turn.text: _right_body(turn) for case in cases if len(case.turns) == 1 for turn in case.turns}
    )
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_run_against_a_service_that_knows_the_truth_is_all_exact(
    truth: Truth, cases: list[Case], oracle: Oracle
) -> None:
    single = [case for case in cases if len(case.turns) == 1]
    results = list(run_cases("sample", truth, single, ChatClient(oracle.url)))
    missed = [(r.question, r.response, r.score.reasons, r.score.unsupported) for r in results
              if r.score.verdict != "exact"]  # fmt: skip
    assert missed == []
    assert report.summary(results)["refusal_recall"] == 1.0


def test_run_against_a_service_that_is_always_off_by_two_percent_finds_every_value_wrong(
    truth: Truth, cases: list[Case], oracle: Oracle
) -> None:
    single = [case for case in cases if case.kind in ("energy", "average", "thd", "power_factor")]
    for body in oracle.turns.values():
        for item in body.get("evidence", []):
            if item["value"]:
                body["response"] = body["response"].replace(
                    f"{item['value']:.1f}", f"{item['value'] * 1.02:.1f}"
                )
                body["response"] = body["response"].replace(
                    f"{item['value']:.4f}", f"{item['value'] * 1.02:.4f}"
                )
                item["value"] *= 1.02
    results = list(run_cases("sample", truth, single, ChatClient(oracle.url)))
    # Values near zero stay within their rounding.
    assert sum(r.score.verdict == "wrong" for r in results) >= 0.8 * len(results)


def test_client_follows_a_202_to_the_answer(oracle: Oracle) -> None:
    reply = ChatClient(oracle.url).ask("slow")
    assert reply.error is None
    assert reply.body["response"] == "late"


def test_client_reports_errors_as_words(oracle: Oracle) -> None:
    assert "HTTP 500" in (ChatClient(oracle.url).ask("broken").error or "")
    assert ChatClient("http://127.0.0.1:9").ask("hello").error is not None


def test_main_lists_questions_without_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--households", "0", "--type", "energy", "--split", "dev"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.split("\t")[2].startswith("energy") for line in lines)


def test_main_fails_when_the_service_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "http://127.0.0.1:9", "--type", "state", "--max-wrong", "0"]) == 1
    assert "above the limit" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--seed", "8999"], ["--households", "301"]])
def test_main_refuses_households_that_are_not_for_this_split(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--list"])
    assert ended.value.code == 2


def test_main_shows_no_question_of_the_test_split(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--url", "http://127.0.0.1:9", "--type", "state", "--limit", "400"]
    main([*arguments, "--split", "test"])
    assert "[wrong]" not in capsys.readouterr().out
    main([*arguments, "--split", "dev"])
    assert "[wrong]" in capsys.readouterr().out


def test_households_of_training_and_benchmark_never_meet() -> None:
    seeds = {split: range(first, first + MOST_HOUSEHOLDS) for split, first in FIRST_SEED.items()}
    assert not set(seeds["dev"]) & set(seeds["test"])
    assert min(map(min, seeds.values())) >= BENCHMARK_SEEDS_FROM == 9000
    assert SAMPLE_SEED < BENCHMARK_SEEDS_FROM
    for source in (Path(__file__).parents[2] / "training").rglob("*.py"):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        imported = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {name.split(".")[0] for name in imported} & {"benchmarks", "simulator"}, source.name
