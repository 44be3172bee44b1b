"""What `/api/imports` takes and answers."""

from datetime import datetime
from typing import Any, Literal

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field


class ImportForm(BaseModel):
    """A file and how to read it; all but the file is found out where it is left out."""

    model_config = ConfigDict(extra="forbid")

    file: UploadFile
    timezone: str | None = None
    mapping: list[str] = Field(default=[], alias="map", description="`column=quantity[unit]`, repeated")
    columns: str | None = Field(default=None, description="of a file without header: timestamp,power[W],-")
    device: str | None = None
    device_column: str | None = None
    delimiter: str | None = Field(default=None, max_length=1)
    decimal: Literal["", ".", ","] | None = None
    date_order: Literal["", "ymd", "dmy", "mdy"] | None = None
    label: Literal["", "instant", "start", "end"] | None = None
    interval: str | None = Field(default=None, description="the time that each value covers: 30s, 15m, 1h")
    encoding: str | None = Field(default=None, description="of the text: cp1251, shift_jis …")
    date: str | None = Field(default=None, description="of the first time, where times name no date")
    on_conflict: Literal["keep", "replace", "fill"] = "fill"


class ImportJob(BaseModel):
    """An import and how far it has come; `progress` runs from 0 to 1."""

    id: str
    file_name: str
    state: Literal["queued", "running", "completed", "failed", "cancelled"]
    progress: float
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int
    lines: int
    created_at: datetime
    updated_at: datetime
    error: str | None
    report: dict[str, Any]


class ImportList(BaseModel):
    """Imports, newest first."""

    items: list[ImportJob]
    next_cursor: str | None


class PreviewColumn(BaseModel):
    """A column with its first values, as written and in the table's unit."""

    column: str
    quantity: str
    unit: str | None
    why: str
    before: list[str]
    after: list[float | str | None]


class PreviewDevice(BaseModel):
    """A device of the file; `cluster` where the file numbers it."""

    device: str | None
    cluster: int | None
    readings: int
    first: datetime
    last: datetime


class ImportPreview(BaseModel):
    """What a dry run understood; nothing was stored."""

    columns: list[PreviewColumn]
    ignored: list[str]
    devices: list[PreviewDevice]
    rows_read: int
    rejected: int
    rejects: dict[str, int]
    left_out: dict[str, int]
    warnings: list[str]
    notes: list[str]
    timezone: str
    command: str
