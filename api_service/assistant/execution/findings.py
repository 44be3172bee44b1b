"""What a question's request found: the input of rendering and of verification; pure."""

from dataclasses import dataclass

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.execution.cells import Result
from api_service.assistant.query.query import Query, Summary
from api_service.assistant.types import DeviceRef, Moment


@dataclass(frozen=True)
class Finding:
    """A query with the values of its slots and its result."""

    query: Query
    bindings: Bindings
    result: Result


@dataclass(frozen=True)
class Findings:
    """One part for a query, several for a summary; `devices` are all of the site."""

    request: Query | Summary
    parts: tuple[Finding, ...]
    moment: Moment
    devices: tuple[DeviceRef, ...]
