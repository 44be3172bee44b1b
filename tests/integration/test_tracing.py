"""One trace of a question over gateway, queue and worker, and nothing of what was asked in it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.settings import EXIT_BAD_SETTINGS
from shared.tracing import current_trace, span
from tests.support.gateway import TRUE_WORDS, YESTERDAY, SayingLLM, answering, settings_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    # A provider that is set stays for the whole process: other tests would be traced too.
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


async def test_question_is_one_trace_from_its_answer_to_the_workers_model(
    sqlite_url: str, redis_db: str, exporter: InMemorySpanExporter
) -> None:
    settings = settings_of(sqlite_url, redis_db)
    async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:
        body = (await gateway.ask(YESTERDAY)).json()
    assert body["response"] == TRUE_WORDS
    spans = [one for one in exporter.get_finished_spans() if one.name.startswith("askwatt.")]
    (answer,) = [one for one in spans if one.name == "askwatt.answer"]
    assert answer.attributes is not None
    assert answer.attributes["askwatt.message_id"] == body["message_id"]
    assert {one.context.trace_id for one in spans if one.context} == {answer.context.trace_id}
    below = {one.name: one for one in spans if _is_below(one, answer)}
    assert set(below) == {"askwatt.read", "askwatt.compute", "askwatt.say"}
    generated = [one for one in spans if one.name == "askwatt.generate"]
    tasks = {one.attributes["askwatt.task"]: one for one in generated if one.attributes}
    assert set(tasks) == {"read", "say"}
    for task, one in tasks.items():
        assert _is_below(one, below[f"askwatt.{task}"]), "the worker's span came through the queue"
    told = " ".join(str(dict(one.attributes or {})) for one in spans)
    assert "oven" not in told.lower()


def test_without_a_collector_nothing_is_traced_and_spans_cost_no_more() -> None:
    with span("answer", message_id="m") as attributes:
        attributes["seconds"] = 1.0
        assert current_trace() == ""


def test_collector_without_its_libraries_is_a_bad_setting() -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "from shared.settings import Settings; from shared.tracing import configure_traces_or_exit as go\n"
        "go(Settings(traces_endpoint='http://127.0.0.1:4318/v1/traces'), 'askwatt-gateway')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == EXIT_BAD_SETTINGS
    assert "askwatt[traces]" in done.stderr


def _is_below(one: ReadableSpan, other: ReadableSpan) -> bool:
    return one.parent is not None and one.parent.span_id == other.context.span_id
