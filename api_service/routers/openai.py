"""`/v1`: OpenAI's protocol, so that its clients can ask.

Its streams cannot take a word back, so they carry checked words only: they begin when the answer is there.
A client that leaves cancels its question: nobody could come back for it.
"""

import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import ValidationError

from api_service.chat.chat_service import ChatService
from api_service.dependencies import ChatServiceDep, SettingsDep
from api_service.problems import PROBLEMS
from api_service.routers.event_stream import STREAM_HEADERS
from api_service.schemas.chat import ChatAnswer, Message
from api_service.schemas.openai import (
    MODEL_ID,
    CompletionRequest,
    completion,
    completion_chunk,
    error_body,
)
from shared.errors import AnswerFailed, AskWattError, InvalidInput

router = APIRouter(prefix="/v1", tags=["openai"])

LOOK_EVERY_S = 1.0
WORDS = re.compile(r"\s*\S+")
BODY = {"requestBody": {"content": {"application/json": {"schema": CompletionRequest.model_json_schema()}}}}


@router.get("/models")
async def models(settings: SettingsDep) -> dict[str, Any]:
    """The one model that answers."""
    return {"object": "list", "data": [_model(settings.model_name)]}


@router.get("/models/{model_id:path}", response_model=None)
async def model(model_id: str, settings: SettingsDep) -> Response:
    """The same, by its id."""
    if model_id != MODEL_ID:
        return _error(404, f"There is no model {model_id!r}; ask {MODEL_ID!r}.", "model")
    return JSONResponse(_model(settings.model_name))


@router.post("/chat/completions", openapi_extra=BODY)
async def chat_completions(request: Request, chat: ChatServiceDep) -> Response:
    """Answer the last user message; `stream` as server-sent events that end with `data: [DONE]`."""
    try:
        asked = _read(await request.body())
        message_id = await chat.accept(asked.question())
        if asked.stream:
            chunks = _chunks(chat, message_id, asked.model)
            return EventSourceResponse(chunks, headers=STREAM_HEADERS)
        answer = await _answer(request, chat, message_id)
        return JSONResponse(completion(answer, int(time.time()), asked.model))
    except InvalidInput as error:
        return _error(400, str(error), "messages")
    except ValueError as error:
        return _error(400, _reason(error), "messages")
    except AskWattError as error:
        status, _ = PROBLEMS[type(error)]
        return _error(status, str(error), None, error.retry_after_s)


def _read(body: bytes) -> CompletionRequest:
    try:
        return CompletionRequest.model_validate_json(body)
    except ValidationError as error:
        raise InvalidInput(_reason(error)) from error


async def _answer(request: Request, chat: ChatService, message_id: str) -> ChatAnswer:
    while True:
        message = await chat.message(message_id, LOOK_EVERY_S)
        if message.finished_at is not None:
            return _final(message)
        if await request.is_disconnected():
            chat.abandon(message_id)


async def _chunks(chat: ChatService, message_id: str, model_id: str) -> AsyncIterator[bytes]:
    created, is_final = int(time.time()), False

    def chunk(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
        return _data(completion_chunk(message_id, created, model_id, delta, finish_reason))

    try:
        yield chunk({"role": "assistant", "content": ""})
        message = await chat.message(message_id, LOOK_EVERY_S)
        while message.finished_at is None:
            yield KEEPALIVE_COMMENT
            message = await chat.message(message_id, LOOK_EVERY_S)
        is_final = True
        for words in WORDS.findall(_final(message).response):
            yield chunk({"content": words})
        yield chunk({}, "stop")
        yield format_sse_event(data_str="[DONE]")
    except AskWattError as error:
        is_final = True
        yield _data(error_body(str(error), "server_error"))
    finally:
        if not is_final:
            chat.abandon(message_id)


def _final(message: Message) -> ChatAnswer:
    if message.answer is None:
        raise AnswerFailed(f"The question ended as {message.status}: {message.error}")
    return message.answer


def _model(name: str) -> dict[str, Any]:
    return {"id": MODEL_ID, "object": "model", "created": 0, "owned_by": "askwatt", "root": name}


def _data(body: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _reason(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        items = error.errors(include_url=False, include_context=False, include_input=False)
        return "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in items[:3]
        )
    return str(error)


def _error(status: int, message: str, param: str | None, retry_after_s: int | None = None) -> JSONResponse:
    kind = "invalid_request_error" if status < 500 else "server_error"
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else None
    return JSONResponse(error_body(message, kind, param), status, headers=headers)
