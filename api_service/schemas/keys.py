"""What `/api/keys/` takes and answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field


class KeyScope(StrEnum):
    """What a key allows: `read` sees and asks, `write` brings readings and changes, `admin` everything."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


# Visible from end to end: a name of blanks or control characters would name nobody.
KeyName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*)$")
]


def _text(value: object) -> object:
    """pydantic would take a number for seconds since 1970, which the description does not offer."""
    if not isinstance(value, str):
        raise ValueError("must be a moment such as 2027-01-31T00:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_text)]


class KeyRequest(BaseModel):
    """A key to be made: whose it is, what it allows, and when it ends (null: never)."""

    model_config = ConfigDict(extra="forbid")

    name: KeyName
    scopes: Annotated[list[KeyScope], Field(min_length=1, max_length=3)] = [KeyScope.READ]
    expires_at: Moment | None = None


class KeyDetails(BaseModel):
    """A key without the key itself, which is stored nowhere."""

    model_config = ConfigDict(from_attributes=True)

    key_id: str
    name: str
    scopes: list[KeyScope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class NewKey(KeyDetails):
    """A key just made; `key` is shown here and never again."""

    key: str


class KeyList(BaseModel):
    """All keys, the newest first, revoked ones too."""

    items: list[KeyDetails]
