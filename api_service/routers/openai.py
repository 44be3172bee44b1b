"""`/v1`: OpenAI's protocol, so that its clients can ask.

Its streams cannot take a word back, so they carry checked words only: they begin when the answer is there.
Its calls are stateless: no conversation of theirs is kept, and a client that leaves cancels its question.
"""

import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from api_service.chat.chat_service import ChatService
from api_service.dependencies import ChatServiceDep, SettingsDep, ViewerDep
from api_service.routers.event_stream import STREAM_HEADERS
from api_service.schemas.chat import ChatAnswer, Message
from api_service.schemas.openai import MODEL_ID, CompletionRequest, Head, error_body
from api_service.schemas.openai_tasks import task_reply
from api_service.timeouts import POLL_MESSAGE_EVERY_S
from shared.errors import AnswerFailed, AskWattError, InputError, InvalidInput

router = APIRouter(prefix="/v1", tags=["openai"])

WORDS = re.compile(r"\s*\S+")
_EVENT = {"type": "object", "properties": {"data": {"type": "string"}}, "required": ["data"]}
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A `chat.completion`, or with `stream` chunks that end with `data: [DONE]`. "
        "`askwatt` holds the whole answer with its evidence.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": {"schema": _EVENT},
        },
    }
}


@router.get("/models")
async def models(settings: SettingsDep) -> dict[str, Any]:
    """The one model that answers."""
    return {"object": "list", "data": [_model(settings.model_name)]}


@router.get("/models/{model_id:path}", response_model=None)
async def model(model_id: str, settings: SettingsDep) -> Response:
    """The same, by its id."""
    return JSONResponse(_model(settings.model_name)) if model_id == MODEL_ID else _unknown_model(model_id)


@router.post("/chat/completions", response_model=None, responses=STREAMED)
async def chat_completions(
    asked: CompletionRequest, request: Request, chat: ChatServiceDep, viewer: ViewerDep
) -> Response:
    """Answer the last user message; `stream` as server-sent events that end with `data: [DONE]`."""
    if asked.model != MODEL_ID:
        return _unknown_model(asked.model)
    if (parameter := asked.unsupported) is not None:
        return _error(
            400, f"{parameter} asks for what is not offered here.", parameter, "unsupported_parameter"
        )
    if (chore := task_reply(asked.messages[-1].text)) is not None:
        return _message_text(asked, chore)
    try:
        question = asked.question()
    except ValueError as error:
        raise InvalidInput(str(error), [InputError("messages", str(error))]) from error
    message_id = await chat.accept(question, viewer)
    if asked.stream:
        return EventSourceResponse(_chunks(chat, message_id, asked), headers=STREAM_HEADERS)
    try:
        answer = await _answer(request, chat, message_id)
    finally:
        chat.forget(message_id)
    head = Head(completion_id=message_id, created=int(time.time()))
    return JSONResponse(head.completion(answer.response, asked.usage(answer.response), answer))


async def _answer(request: Request, chat: ChatService, message_id: str) -> ChatAnswer:
    began = time.monotonic()
    while True:
        message = await chat.message(message_id, POLL_MESSAGE_EVERY_S)
        if message.finished_at is not None:
            return _final(message)
        if await request.is_disconnected():
            raise AnswerFailed("The client has left.")
        await chat.expect_answer(time.monotonic() - began)


async def _chunks(chat: ChatService, message_id: str, asked: CompletionRequest) -> AsyncIterator[bytes]:
    head = Head(completion_id=message_id, created=int(time.time()))
    try:
        yield _data(head.chunk({"role": "assistant", "content": ""}))
        message = await chat.message(message_id, POLL_MESSAGE_EVERY_S)
        began = time.monotonic()
        while message.finished_at is None:
            yield KEEPALIVE_COMMENT
            await chat.expect_answer(time.monotonic() - began)
            message = await chat.message(message_id, POLL_MESSAGE_EVERY_S)
        answer = _final(message)
        for data in _word_chunks(head, asked, answer.response, answer):
            yield data
    except AskWattError as error:
        yield _data(error_body(str(error), "server_error"))
    finally:
        chat.forget(message_id)


def _word_chunks(head: Head, asked: CompletionRequest, words: str, answer: ChatAnswer | None) -> list[bytes]:
    """Known words as the chunks of a stream, to its end."""
    chunks = [head.chunk({"content": word}) for word in WORDS.findall(words)]
    chunks.append(head.chunk({}, "stop", answer))
    if asked.wants_usage:
        chunks.append(head.usage_chunk(asked.usage(words)))
    return [*(_data(chunk) for chunk in chunks), format_sse_event(data_str="[DONE]")]


def _message_text(asked: CompletionRequest, words: str) -> Response:
    """Words that need neither data nor model."""
    head = Head(completion_id=str(uuid4()), created=int(time.time()))
    if not asked.stream:
        return JSONResponse(head.completion(words, asked.usage(words), None))
    first = _data(head.chunk({"role": "assistant", "content": ""}))
    return EventSourceResponse(
        _each([first, *_word_chunks(head, asked, words, None)]), headers=STREAM_HEADERS
    )


async def _each(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _final(message: Message) -> ChatAnswer:
    if message.answer is None:
        raise AnswerFailed(f"The question ended as {message.status}: {message.error}")
    return message.answer


def _model(name: str) -> dict[str, Any]:
    return {"id": MODEL_ID, "object": "model", "created": 0, "owned_by": "askwatt", "root": name}


def _unknown_model(model_id: str) -> JSONResponse:
    return _error(404, f"There is no model {model_id!r}; ask {MODEL_ID!r}.", "model", "model_not_found")


def _data(body: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _error(status: int, message: str, param: str, code: str) -> JSONResponse:
    return JSONResponse(error_body(message, "invalid_request_error", param, code), status)
