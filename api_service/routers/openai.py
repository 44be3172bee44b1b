"""`/v1`: OpenAI's protocol, so that its clients can ask."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1", tags=["openai"])
