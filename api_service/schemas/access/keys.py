"""What `/api/keys/` takes and answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api_service.schemas.access.moment import Moment
from api_service.site_names import LONGEST_NAME, SITE_NAME

LONGEST_GRACE_S = 30 * 24 * 3600


class KeyScope(StrEnum):
    """What a key allows: `read` sees and asks, `write` brings readings and changes, `admin` everything."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


# Visible from end to end: a name of blanks or control characters would name nobody.
KeyName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*)$")
]


SiteName = Annotated[str, Field(pattern=f"^{SITE_NAME}$", max_length=LONGEST_NAME)]


def _no_boolean(value: object) -> object:
    """pydantic would take false for 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number of seconds")
    return value


class KeyRequest(BaseModel):
    """A key to be made: what it is called, whose it is, what it allows, and when it ends (null: never).

    Conversations belong to the owner (null: the key's name): keys of one owner see the same ones, keys of
    others none of them. It opens the data of one `site` (null: that of the key that makes it).
    """

    model_config = ConfigDict(extra="forbid")

    name: KeyName
    owner: KeyName | None = None
    scopes: Annotated[list[KeyScope], Field(min_length=1, max_length=3)] = [KeyScope.READ]
    expires_at: Moment | None = None
    site: SiteName | None = None


class KeyRotation(BaseModel):
    """How a key is replaced: its old secret stays valid for `grace_s` seconds (default: a day)."""

    model_config = ConfigDict(extra="forbid")

    grace_s: Annotated[int, Field(ge=0, le=LONGEST_GRACE_S), BeforeValidator(_no_boolean)] = 24 * 3600


class KeyDetails(BaseModel):
    """A key without the key itself, which is stored nowhere.

    `previous_until` says until when the secret before the last rotation is honoured.
    """

    model_config = ConfigDict(from_attributes=True)

    key_id: str
    name: str
    owner: str
    site: str
    scopes: list[KeyScope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_at: datetime | None
    previous_until: datetime | None


class NewKey(KeyDetails):
    """A key just made; `key` is shown here and never again."""

    key: str


class KeyList(BaseModel):
    """All keys of a site, the newest first, revoked ones too."""

    items: list[KeyDetails]
