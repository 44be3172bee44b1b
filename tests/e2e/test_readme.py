"""The README's curl lines and the API description's examples, run as printed against a live instance."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.instance import ROOT, Instance

LINES = re.findall(r"^curl .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with Instance(tmp_path_factory.mktemp("readme")) as running:
        yield running


def reply_to(line: str, instance: Instance) -> str:
    assert "http://127.0.0.1:8000/" in line
    command = line.replace("http://127.0.0.1:8000", instance.base_url) + " -w '\\n%{http_code}'"
    printed = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True).stdout
    body, status = printed.rsplit("\n", 1)
    assert status == "200", printed
    return body


def answer_to(line: str, instance: Instance) -> Any:
    return json.loads(reply_to(line, instance))


def lines_with(part: str) -> list[str]:
    found = [line for line in LINES if part in line]
    assert found, part
    return found


# A model's confidence moves a little with each training; what is printed is near what is answered.
NEAR = 0.05


def test_readme_shows_the_answer_that_is_given(instance: Instance) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    shown, given = json.loads(block), answer_to(lines_with("/api/chat/")[0], instance)
    assert shown["confidence"] == pytest.approx(given["confidence"], abs=NEAR)
    assert shown["response"] == given["response"]
    assert shown["devices"] == given["devices"]
    (fact,) = shown["evidence"]
    assert fact == {name: given["evidence"][0][name] for name in fact} | {"value": fact["value"]}
    assert fact["value"] == pytest.approx(given["evidence"][0]["value"], rel=1e-4)


@pytest.mark.parametrize("line", [line for line in lines_with("/api/chat/") if "event-stream" not in line])
def test_readme_question_is_answered_from_the_data(line: str, instance: Instance) -> None:
    answer = answer_to(line, instance)
    assert answer["response"]
    assert answer["devices"]
    assert answer["evidence"]
    assert 0 < answer["confidence"] <= 1


def test_readme_stream_ends_with_the_whole_answer(instance: Instance) -> None:
    (line,) = lines_with("event-stream")
    events = re.findall(r"event: (\w+)\ndata: (.*)|data: (.*)\nevent: (\w+)", reply_to(line, instance))
    kinds = [first or last for first, _, _, last in events]
    assert kinds[0] == "status"
    assert kinds[-1] == "done"
    answer = json.loads(events[-1][1] or events[-1][2])
    assert {"Oven", "Dishwasher"} <= set(answer["devices"])


def test_readme_openai_line_is_answered(instance: Instance) -> None:
    (line,) = lines_with("/v1/chat/completions")
    completion = answer_to(line, instance)
    assert "ev charger" in completion["choices"][0]["message"]["content"].lower()


def test_readme_devices_lists_those_of_the_sample(instance: Instance) -> None:
    (line,) = [line for line in LINES if line.endswith("/api/devices/")]
    devices = answer_to(line, instance)
    assert len(devices) >= 8
    powers = [device["average_power_w"] for device in devices]
    assert powers == sorted(powers, reverse=True)


def test_readme_summary_holds_every_cluster(instance: Instance) -> None:
    (line,) = lines_with("/api/devices/summary/")
    assert [device["cluster"] for device in answer_to(line, instance)]


def test_readme_reading_sent_twice_is_a_duplicate(instance: Instance) -> None:
    (line,) = lines_with("/api/readings/")
    first, second = answer_to(line, instance), answer_to(line, instance)
    assert (first["accepted"], first["duplicates"]) == (1, 0)
    assert (second["accepted"], second["duplicates"]) == (0, 1)


def test_readme_rename_shows_in_the_list(instance: Instance) -> None:
    (line,) = lines_with("PATCH")
    answer_to(line, instance)
    (listing,) = [line for line in LINES if line.endswith("/api/devices/")]
    assert "Kitchen fridge" in {device["device_name"] for device in answer_to(listing, instance)}


def test_readme_readiness_is_green(instance: Instance) -> None:
    for line in lines_with("/health/ready"):
        assert answer_to(line, instance)["status"] == "ready"


def test_readme_lines_are_all_tested() -> None:
    tested = ("/api/chat/", "/v1/", "/api/devices/", "/api/readings/", "/health/ready")
    assert all(any(part in line for part in tested) for line in LINES)
    assert Path(ROOT / "README.md").stat().st_size < 6000  # two minutes


# What is named by an id of its own is made by another request first; the stream of changes has no end; a file
# and the loss of a device are no example to try, and only a true key logs in.
WITHOUT_WHOLE_EXAMPLE = {
    *("message", "events", "cancel", "get_session", "rename_session", "delete_session", "list_messages"),
    *("get_import", "undo_import", "get_rejects", "rotate_key", "revoke_key", "live_devices"),
    *("add_import", "merge_device", "log_in"),
}


def described(instance: Instance) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of everything that the description gives a whole example for."""
    description = httpx.get(f"{instance.base_url}/openapi.json").json()
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            in_path = [one for one in operation.get("parameters", ()) if one["in"] == "path"]
            is_whole = all(example_of(one) is not None for one in in_path) and bodies_of(operation)
            if is_whole and operation["operationId"] != "live_devices":
                yield method, path, operation


def example_of(parameter: dict[str, Any]) -> Any:
    return parameter.get("example", parameter["schema"].get("examples", [None])[0])


def bodies_of(operation: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Media types with their example; one without a body where the operation takes none."""
    if "requestBody" not in operation:
        return [("application/json", None)]
    contents = operation["requestBody"]["content"].items()
    examples = [(kind, content["example"]) for kind, content in contents if "example" in content]
    return [(kind, one if isinstance(one, str) else json.dumps(one)) for kind, one in examples]


def test_every_example_of_the_description_works_on_the_sample(instance: Instance) -> None:
    sent = set()
    for method, path, operation in described(instance):
        examples: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
        for one in operation.get("parameters", ()):
            if example_of(one) is not None:
                examples[one["in"]][one["name"]] = example_of(one)
        url = instance.base_url + path.format(**examples["path"])
        for kind, body in bodies_of(operation):
            headers = {"Content-Type": kind}
            answer = httpx.request(
                method, url, params=examples["query"], content=body, headers=headers, timeout=60
            )
            assert answer.is_success, (method, path, answer.text)
            sent.add(operation["operationId"])
    description = httpx.get(f"{instance.base_url}/openapi.json").json()
    operations = [one for methods in description["paths"].values() for one in methods.values()]
    assert {one["operationId"] for one in operations} - sent == WITHOUT_WHOLE_EXAMPLE


def test_the_example_of_an_answer_rests_on_the_same_evidence(instance: Instance) -> None:
    description = httpx.get(f"{instance.base_url}/openapi.json").json()
    ask = description["paths"]["/api/chat/"]["post"]
    (kind, body), *_ = bodies_of(ask)
    url = f"{instance.base_url}/api/chat/"
    answer = httpx.post(url, content=body, headers={"Content-Type": kind}, timeout=60).json()
    shown = ask["responses"]["200"]["content"][kind]["example"]
    assert shown["devices"] == answer["devices"]
    assert shown["response"] == answer["response"]
    assert shown["confidence"] == pytest.approx(answer["confidence"], abs=NEAR)
    assert set(shown) == set(answer)
    assert shown["evidence"][0]["value"] == pytest.approx(answer["evidence"][0]["value"], rel=1e-4)
