"""arq's knobs, every one set on purpose; and the shape of those of its private parts that are used."""

import inspect
import re
from dataclasses import fields

import msgpack
import pytest
from arq.constants import in_progress_key_prefix, job_key_prefix
from arq.version import VERSION
from arq.worker import Worker

from inference_worker.jobs import MAX_TRIES
from inference_worker.queue_worker import WorkerSettings, strict_job
from inference_worker.timeouts import DRAIN_S, POLL_QUEUE_EVERY_S
from shared.errors import ContractViolation
from shared.queue import QUEUE_NAME


def test_worker_settings_name_every_knob_that_arq_has() -> None:
    knobs = set(inspect.signature(Worker.__init__).parameters) - {"self"}
    assert {field.name for field in fields(WorkerSettings)} == knobs


def test_worker_settings_are_those_that_durability_asks_for() -> None:
    knobs = {field.name: field.default for field in fields(WorkerSettings)}
    assert knobs["queue_name"] == QUEUE_NAME == "askwatt:v3:generate"
    assert knobs["poll_delay"] == 0  # it waits for wake-ups instead
    assert 0.05 <= POLL_QUEUE_EVERY_S <= 0.2
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


UNKNOWN = (
    "arq has changed. Compare arq/worker.py with inference_worker/queue_worker.py (what it overrides and "
    "reads) and with api_service/inference_client.py (the record it writes), run "
    "tests/integration/test_worker.py, then admit the version here and in pyproject.toml."
)


def source_of(name: str) -> str:
    return inspect.getsource(getattr(Worker, name))


def test_version_of_arq_is_one_whose_private_parts_are_known() -> None:
    assert VERSION.startswith("0.28."), UNKNOWN


def test_overridden_methods_of_arq_are_there_with_their_signatures() -> None:
    assert inspect.iscoroutinefunction(Worker._poll_iteration), UNKNOWN
    assert list(inspect.signature(Worker._poll_iteration).parameters) == ["self"], UNKNOWN
    release = Worker._release_sem_dec_counter_on_complete
    assert not inspect.iscoroutinefunction(release), UNKNOWN
    assert list(inspect.signature(release).parameters) == ["self"], UNKNOWN


def test_arq_calls_what_is_overridden_and_sets_what_is_read() -> None:
    assert "await self._poll_iteration()" in source_of("main"), UNKNOWN
    assert "await self.start_jobs(job_ids)" in source_of("_poll_iteration"), UNKNOWN
    assert "_release_sem_dec_counter_on_complete()" in source_of("start_jobs"), UNKNOWN
    constructor = source_of("__init__")
    for attribute in ("_pool", "allow_pick_jobs", "job_counter", "max_jobs", "tasks"):
        assert re.search(rf"self\.{attribute}\b.* = ", constructor), f"{attribute}: {UNKNOWN}"


def test_keys_of_arq_are_those_that_the_gateway_writes() -> None:
    assert (job_key_prefix, in_progress_key_prefix) == ("arq:job:", "arq:in-progress:"), UNKNOWN
