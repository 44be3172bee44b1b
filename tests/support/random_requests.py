"""Random requests out of the gateway's own description, with ids of our choice mixed in."""

import json
import random
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

# Path parameters, query parameters and fields of bodies that name something that is stored.
IDS = ("session_id", "message_id", "import_id", "key_id", "cluster", "into", "site")
WINDOW = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-20T00:00:00Z"}
CSV = b"timestamp,cluster,real_power_watt\n2026-03-11T00:00:00Z,77,5\n2026-03-11T00:10:00Z,77,6\n"


@dataclass
class RandomRequest:
    """One request as the description allows it (or nearly); `operation` is its method and path pattern."""

    operation: str
    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    files: dict[str, Any] | None = None

    def text(self) -> str:
        """All that it says."""
        return f"{self.path} {self.params} {self.headers} {self.content!r}"


def operations_of(document: dict[str, Any]) -> set[str]:
    return {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}


def draw_cases(document: dict[str, Any], each: int, number: int) -> list[Any]:
    """`each` cases of every operation, always the same ones for the same `number`, in a random order."""
    cases: list[Any] = []
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        strategy = result.ok().as_strategy()

        @seed(number)
        @settings(
            max_examples=each,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def collect(case: Any) -> None:
            cases.append(case)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            collect()
    random.Random(number).shuffle(cases)
    return cases


def request_of(case: Any, choose: Callable[[str], Any], chance: random.Random) -> RandomRequest:
    """The case as a request; `choose` gives another value for an id by its name, or None to leave it.

    A window is most often that in which there are readings.
    """
    operation = f"{case.method.upper()} {case.operation.path}"
    path = re.sub(
        r"\{(\w+)\}",
        lambda m: str(_chosen(choose, m[1], (case.path_parameters or {}).get(m[1], "1"))),
        case.path,
    )
    params = {
        name: _chosen(choose, name, value)
        for name, value in (case.query or {}).items()
        if value is not None and name != "wait"
    }
    if chance.random() < 0.7 and "start" in {item["name"] for item in _parameters(case)}:
        params |= WINDOW
    headers = {
        name: value
        for name, value in dict(case.headers or {}).items()
        if isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value
    }
    made = RandomRequest(operation, case.method.upper(), path, params, headers)
    _add_body(made, case, choose)
    return made


def _parameters(case: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = case.operation.definition.raw.get("parameters", [])
    return found


def _add_body(made: RandomRequest, case: Any, choose: Callable[[str], Any]) -> None:
    if case.media_type is None:
        return
    if case.media_type == "multipart/form-data":
        made.files = {"file": ("meter.csv", CSV)}
    elif case.media_type == "application/json":
        made.content = json.dumps(_mixed(case.body, choose)).encode(errors="replace")
        made.headers["Content-Type"] = case.media_type
    else:
        made.content = str(case.body).encode(errors="replace")
        made.headers["Content-Type"] = case.media_type


def _chosen(choose: Callable[[str], Any], name: str, value: Any) -> Any:
    other = choose(name) if name in IDS else None
    return value if other is None else other


def _mixed(value: Any, choose: Callable[[str], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _chosen(choose, key, _mixed(item, choose)) for key, item in value.items()}
    return [_mixed(item, choose) for item in value] if isinstance(value, list) else value
