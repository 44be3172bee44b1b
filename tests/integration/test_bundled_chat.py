"""The bundled model answers through gateway, queue, worker and engine: the main job, on real parts."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from shared.settings import Precision
from tests.support.gateway import Gateway, answering, settings_of

# What the household of tests.support.gateway makes true:
# the oven at 1.5 kW, the fridge at 100 W, for two days.
TRUE = {
    "How much energy did the oven use yesterday?": ({"Oven"}, {"36.0"}),
    "Which device used the most energy yesterday?": ({"Oven"}, {"36.0"}),
    "How much power is everything using now?": (None, {"1.60"}),
    "How much power does the fridge draw right now?": ({"Fridge"}, {"100"}),
    "What was the average power of the oven yesterday?": ({"Oven"}, {"1.50"}),
    "Compare the energy of the oven and the fridge yesterday.": ({"Oven", "Fridge"}, {"36.0", "2.40"}),
    "What is the THD of the oven?": ({"Oven"}, {"5.0"}),
}


@pytest.fixture
async def gateway(database_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    settings = settings_of(database_url, redis_db, device="cpu", precision=Precision.FP32, torch_threads=1)
    async with answering(settings) as gateway:
        yield gateway


async def test_bundled_model_answers_truly_and_in_its_own_words(gateway: Gateway) -> None:
    answers = await asyncio.gather(*(gateway.ask(question) for question in TRUE))
    spoken_by_model = 0
    for answer, (question, (devices, numbers)) in zip(answers, TRUE.items(), strict=True):
        body = answer.json()
        assert answer.status_code == 200, body
        if devices is not None:
            assert set(body["devices"]) == devices, (question, body)
        assert numbers <= set(re.findall(r"\d+(?:\.\d+)?", body["response"])), (question, body)
        assert body["evidence"], question
        assert body["confidence"] > 0.5, (question, body)
        spoken_by_model += body["answered_by"] == "model"
    assert spoken_by_model >= len(TRUE) - 1


async def test_streamed_words_of_the_bundled_model_are_its_answer(gateway: Gateway) -> None:
    request = {"user_message": "How much energy did the oven use yesterday?"}
    headers = {"Accept": "text/event-stream"}
    text = (await gateway.http.post("/api/chat/", json=request, headers=headers)).text
    words = "".join(re.findall(r'event: token\ndata: {"text":"(.*)"}', text))
    assert "36.0 kWh" in words
    assert words.strip() in text.partition("event: done")[2]


async def test_follow_up_points_at_what_the_stored_answer_found(gateway: Gateway) -> None:
    """The oven is the winner, so "its" power is 1.5 kW and not the 1.6 kW of the site."""
    conversation = None
    found = []
    for question in (
        "Which device used the most energy yesterday?",
        "how much exactly?",
        "and its average power?",
    ):
        body = {"user_message": question} | ({"session_id": conversation} if conversation else {})
        answer = (await gateway.http.post("/api/chat/", json=body)).json()
        conversation = answer["session_id"]
        found.append((answer["devices"], set(re.findall(r"\d+(?:\.\d+)?", answer["response"]))))
    assert [devices for devices, _ in found] == [["Oven"], ["Oven"], ["Oven"]]
    assert "36.0" in found[1][1]
    assert "1.50" in found[2][1]
