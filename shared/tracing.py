"""Traces over both services by OpenTelemetry's API: a question's trace goes through the queue with its jobs.

Off unless `TRACES_ENDPOINT` names a collector. Our spans carry ids, counts and times, never what was asked or
answered. The libraries are an extra, and where even the API is missing (a worker alone) there are no spans.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from shared import VERSION
from shared.settings import EXIT_BAD_SETTINGS, Settings

try:
    from opentelemetry import propagate, trace

    HAS_API = True
except ImportError:
    HAS_API = False

_PARENT = "traceparent"  # https://www.w3.org/TR/trace-context/
Attribute = str | int | float | bool


@contextmanager
def span(name: str, parent: str = "", **attributes: Attribute) -> Iterator[dict[str, Attribute]]:
    """A span of this block, below `parent` (what `current_trace` gave elsewhere) or the present one.

    Yields a mapping that is added to its attributes when the block ends.
    """
    more: dict[str, Attribute] = {}
    if not HAS_API:
        yield more
        return
    context = propagate.extract({_PARENT: parent}) if parent else None
    named = {f"askwatt.{key}": value for key, value in attributes.items()}
    tracer = trace.get_tracer("askwatt", VERSION)
    with tracer.start_as_current_span(f"askwatt.{name}", context, attributes=named) as active:
        try:
            yield more
        finally:
            active.set_attributes({f"askwatt.{key}": value for key, value in more.items()})


def current_trace() -> str:
    """The present span as another process takes it for a parent; "" where nothing is traced."""
    if not HAS_API:
        return ""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get(_PARENT, "")


def configure_traces_or_exit(settings: Settings, service: str) -> None:
    """Send this process's spans to `TRACES_ENDPOINT`; exit code 2 where the libraries are missing."""
    if not settings.traces_endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        sys.stderr.write("askwatt: bad setting: TRACES_ENDPOINT needs: pip install 'askwatt[traces]'\n")
        raise SystemExit(EXIT_BAD_SETTINGS) from None
    resource = Resource.create({"service.name": service, "service.version": VERSION})
    provider = TracerProvider(resource=resource)
    # Sent from a thread, in batches; a collector that is away costs spans, nothing else.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces_endpoint)))
    trace.set_tracer_provider(provider)
