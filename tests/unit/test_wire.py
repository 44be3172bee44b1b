"""The form of what travels through Redis."""

import math
import pickle

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ContractViolation
from shared.generation import (
    PAYLOAD_VERSION,
    GenerationJob,
    GenerationOutcome,
    PromptParts,
    PromptTurn,
    ReadingCandidate,
    ReadingRequest,
    Task,
)
from shared.wire import (
    EventKind,
    StreamEvent,
    WorkerPhase,
    WorkerState,
    decode_event,
    decode_job,
    decode_worker_state,
    encode,
    pack,
    unpack,
)

slotted = st.lists(st.one_of(st.text(max_size=20), st.integers(0, 99)), max_size=6).map(tuple)
prompts = st.builds(
    PromptParts,
    task=st.text(max_size=20),
    question=slotted,
    facts=st.lists(slotted, max_size=4).map(tuple),
    slots=st.lists(st.text(max_size=20), max_size=5).map(tuple),
    history=st.lists(st.builds(PromptTurn, role=st.sampled_from(["user", "assistant"]), text=slotted)).map(
        tuple
    ),
)


readings = st.builds(
    ReadingRequest,
    grammar=st.text(max_size=64),
    slot_kinds=st.lists(st.text(max_size=8), max_size=4).map(tuple),
    previous=slotted,
)


@given(prompts, st.integers(1, 1000), st.floats(0, 1e12), st.one_of(st.none(), readings))
def test_job_round_trip_gives_the_same_job(
    prompt: PromptParts, attempt: int, expires_at: float, reading: ReadingRequest | None
) -> None:
    job = GenerationJob("id-1", attempt, prompt, 96, expires_at, reading)
    decoded = decode_job(encode(job))
    assert decoded == job
    assert decoded.task is (Task.SAY if reading is None else Task.READ)


def test_candidates_of_a_reading_survive_the_wire() -> None:
    candidates = (
        ReadingCandidate("value", (-0.25, 0.0), (1.5, math.inf), 0.75),
        ReadingCandidate("list", (-1.5,), (0.25,), 0.25, is_complete=False),
    )
    outcome = GenerationOutcome("id-1", 1, "value", candidates=candidates)
    event = StreamEvent(EventKind.RESULT, 1, outcome=outcome)
    assert decode_event(encode(event)) == event


def test_event_round_trip_with_outcome_gives_the_same_event() -> None:
    outcome = GenerationOutcome(
        "id-1",
        2,
        "The oven: 842 W.",
        (-0.1, -0.0),
        "eos",
        None,
        "bundled",
        "slots",
        0.1,
        0.2,
    )
    event = StreamEvent(EventKind.RESULT, 2, worker="w", outcome=outcome)
    assert decode_event(encode(event)) == event


def test_worker_state_round_trip_gives_the_same_state() -> None:
    state = WorkerState("w", WorkerPhase.IDLE, "bundled", "cpu", "idle", running=1, waiting=2, tokens=3)
    assert decode_worker_state(encode(state)) == state


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"\xc1",
        b"not msgpack at all, but long enough",
        pickle.dumps({"f": "generate"}),
        msgpack.packb({"message_id": "x"}),
        msgpack.packb([PAYLOAD_VERSION]),
        msgpack.packb([PAYLOAD_VERSION, {"message_id": 5}]),
        msgpack.packb([PAYLOAD_VERSION, None]),
        b"\x91" * 5000,
    ],
)
def test_decode_foreign_bytes_raises_contract_violation(foreign: bytes) -> None:
    for decode in (decode_job, decode_event, decode_worker_state):
        with pytest.raises(ContractViolation):
            decode(foreign)


def test_decode_job_of_a_newer_version_names_both_versions() -> None:
    newer = msgpack.packb([PAYLOAD_VERSION + 1, {}])
    with pytest.raises(ContractViolation, match=f"version {PAYLOAD_VERSION + 1}.*speaks {PAYLOAD_VERSION}"):
        decode_job(newer)


def test_decode_job_with_a_number_for_a_text_raises_contract_violation() -> None:
    job = GenerationJob("id-1", 1, PromptParts("t", ("q",), (), ()), 96, 0.0)
    version, fields = msgpack.unpackb(encode(job))
    fields["prompt"]["slots"] = [1]
    with pytest.raises(ContractViolation, match="wrong fields"):
        decode_job(msgpack.packb([version, fields]))


def test_unpack_never_unpickles() -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (pytest.fail, ("unpickled",))

    with pytest.raises(ContractViolation):
        unpack(pickle.dumps(Bomb()))


def test_pack_of_an_exception_gives_its_text() -> None:
    assert unpack(pack({"error": ValueError("too long")})) == {"error": "too long"}


@pytest.mark.parametrize(
    ("phase", "serves", "can_answer"),
    [("loading", False, True), ("ready", True, True), ("idle", True, True), ("failed", False, False)],
)
def test_worker_phase_says_who_serves_and_who_can_answer(phase: str, serves: bool, can_answer: bool) -> None:
    state = WorkerState("w", WorkerPhase(phase), "m", "cpu")
    assert state.is_serving is serves
    assert state.phase.can_answer is can_answer
