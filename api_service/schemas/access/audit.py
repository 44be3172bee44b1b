"""What `GET /api/audit/` takes and answers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api_service.schemas.access.keys import SiteName
from api_service.schemas.access.moment import Moment
from api_service.schemas.page import DEFAULT_PAGE, PageSize


class AuditQuery(BaseModel):
    """Which entries: of one owner or address, of targets that begin alike, in `[start, end)`; by pages."""

    model_config = ConfigDict(extra="forbid")

    owner: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    address: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    target: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="How the path begins, such as `/api/devices/3`."
    )
    site: SiteName | None = Field(
        default=None, description="Another site, for keys of the default one; without it that of the key."
    )
    start: Moment | None = None
    end: Moment | None = None
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before.")
    limit: PageSize = DEFAULT_PAGE


class AuditRow(BaseModel):
    """One change: who (`owner`, `key_id`), what, when, from where, and how it was answered.

    `action` is a request's method, or `COMMAND`. `status` is null where the process ended before its answer.
    """

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    owner: str | None
    key_id: str | None
    address: str
    request_id: str | None
    action: Literal["POST", "PUT", "PATCH", "DELETE", "COMMAND"]
    target: str
    details: dict[str, Any] | None
    status: int | None
