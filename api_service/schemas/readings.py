"""What `POST /api/readings/` answers."""

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
