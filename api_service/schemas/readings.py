"""What `POST /api/readings/` answers, and what `POST /api/v2/write` is asked with."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RejectedReading(BaseModel):
    """One row that was not stored. `field` is null where the row as a whole is at fault."""

    model_config = ConfigDict(frozen=True)

    row: int = Field(
        description="Index of the row in the request, from 0; blank lines and headers do not count."
    )
    field: str | None
    reason: str


class ReadingsResult(BaseModel):
    """Every row sent was accepted, a duplicate of a stored one, or rejected."""

    model_config = ConfigDict(frozen=True)

    accepted: int = Field(description="Rows that are committed now.")
    duplicates: int = Field(
        description="Rows whose cluster and timestamp were stored already, or came twice."
    )
    rejected: list[RejectedReading]
    left_out: list[RejectedReading] = Field(
        default=[], description="Single values that cannot be; the rest of their rows is stored."
    )


class PointsQuery(BaseModel):
    """The query of InfluxDB's clients. Organisation and bucket are theirs alone: there is one database."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    precision: Literal["ns", "us", "u", "ms", "s"] = Field(
        default="ns", description="Unit of the timestamps."
    )
    org: str = Field(default="", max_length=200, description="Not used.")
    bucket: str = Field(default="", max_length=200, description="Not used.")
