"""Lists that can grow: pages with an opaque cursor."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import InputError, InvalidInput

Item = TypeVar("Item")

MAX_PAGE = 1000
DEFAULT_PAGE = 100

PageSize = Annotated[int, Field(ge=1, le=MAX_PAGE, description="How many items at most.")]


class Page(BaseModel, Generic[Item]):
    """One page; `next_cursor` is null on the last one."""

    model_config = ConfigDict(frozen=True)

    items: list[Item]
    next_cursor: str | None
    limit: int


def encode_cursor(position: int) -> str:
    """An opaque text for a row's id."""
    return base64.urlsafe_b64encode(f"id:{position}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> int | None:
    """The id behind a cursor; raises `InvalidInput` for a text that no page gave out."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        kind, _, position = base64.urlsafe_b64decode(padded.encode()).decode().partition(":")
        if kind != "id" or not position.isascii() or not position.isdigit() or len(position) > 18:
            raise ValueError("not a cursor")
        return int(position)
    except (ValueError, binascii.Error) as error:
        reason = "not a cursor that a page gave out"
        raise InvalidInput(f"cursor: {reason}.", [InputError("cursor", reason)]) from error
