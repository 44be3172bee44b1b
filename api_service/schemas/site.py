"""What `GET /api/site` answers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from shared.settings import Clock


class Site(BaseModel):
    """The site's zone and clock, and what "now" is to devices and questions."""

    model_config = ConfigDict(frozen=True)

    timezone: str = Field(description="IANA name; days begin at its midnight", examples=["Europe/Madrid"])
    clock: Clock = Field(description="`wall`, or `latest`: the newest reading is now")
    now: datetime
    newest_reading: datetime | None = Field(description="null while nothing is stored")
    version: str
