"""What `GET /health` answers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Versions(BaseModel):
    """What runs; null where a part is away."""

    model_config = ConfigDict(frozen=True)

    askwatt: str
    python: str
    database: str | None = Field(examples=["PostgreSQL 17.5"])
    redis: str | None
    schema_revision: str | None = Field(description="the newest migration that the database has had")


class HealthPart(BaseModel):
    """One part, and what is known about it in words."""

    model_config = ConfigDict(frozen=True)

    ok: bool
    detail: str


class HealthReport(BaseModel):
    """The whole installation at this moment; figures are null while the part that knows them is away."""

    model_config = ConfigDict(frozen=True)

    status: str = Field(description="`ready`, or `not_ready` while a part is away")
    versions: Versions
    parts: dict[str, HealthPart]
    queue_jobs: int | None = Field(description="unfinished jobs in the queue, waiting or running")
    unfinished_questions: int | None = Field(description="accepted questions without a final answer")
    oldest_question_s: float | None = Field(description="age of the oldest of them; null without one")
    devices: int | None
    last_reading: datetime | None = Field(description="time of the newest reading of any device")
