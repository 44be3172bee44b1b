"""arq's knobs: every one set on purpose."""

import inspect
from dataclasses import fields

import msgpack
import pytest
from arq.worker import Worker

from inference_worker.jobs import MAX_TRIES
from inference_worker.main import DRAIN_S, LOOK_EVERY_S, WorkerSettings, strict_job
from shared.errors import ContractViolation
from shared.queue import QUEUE_NAME


def test_worker_settings_name_every_knob_that_arq_has() -> None:
    knobs = set(inspect.signature(Worker.__init__).parameters) - {"self"}
    assert {field.name for field in fields(WorkerSettings)} == knobs


def test_worker_settings_are_those_that_durability_asks_for() -> None:
    knobs = {field.name: field.default for field in fields(WorkerSettings)}
    assert knobs["queue_name"] == QUEUE_NAME == "askwatt:v1:generate"
    assert knobs["poll_delay"] == 0  # it waits for wake-ups instead
    assert 0.05 <= LOOK_EVERY_S <= 0.2
    assert knobs["max_tries"] == MAX_TRIES + 1 == 4
    assert knobs["health_check_interval"] == 10
    assert knobs["log_results"] is False
    assert knobs["job_serializer"]({"f": "generate"}) == msgpack.packb({"f": "generate"})
    assert DRAIN_S < 30  # a container's stop grace


RECORD = {"t": None, "f": "generate", "a": ["m1", 1], "k": {}, "et": 1_773_000_000_000}


def test_strict_job_of_a_record_gives_it_back() -> None:
    assert strict_job(msgpack.packb(RECORD)) == RECORD


@pytest.mark.parametrize(
    "change",
    [{"t": "one"}, {"f": 5}, {"a": "ab"}, {"k": []}, {"et": "now"}, {"et": None}],
)
def test_strict_job_with_a_wrong_type_raises_contract_violation(change: dict[str, object]) -> None:
    with pytest.raises(ContractViolation):
        strict_job(msgpack.packb(RECORD | change))


@pytest.mark.parametrize("name", list(RECORD))
def test_strict_job_without_a_field_raises_contract_violation(name: str) -> None:
    with pytest.raises(ContractViolation):
        strict_job(msgpack.packb({key: value for key, value in RECORD.items() if key != name}))
