"""What `/api/devices` takes and answers; powers in W, energies in kWh, moments in UTC."""

from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from api_service.metering.measures import plotted

MAX_HOURS = 24 * 366 * 100
MAX_GAP_S = 31 * 86_400
# Any script, but nothing that a terminal or a database would take for a command.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"
    ),
]


class ActiveDevice(BaseModel):
    """One device over the hours before "now". `device_state` is that of its last reading in them."""

    device_name: str
    cluster: int
    average_power_w: float | None
    average_thd_percent: float | None
    last_seen: datetime
    device_state: str | None
    energy_kwh: float
    samples: int
    coverage: float = Field(description="covered part of the window, 0 to 1")


class ClusterSummary(BaseModel):
    """One device over all of its readings."""

    cluster: int
    device_name: str
    average_power_w: float | None
    average_thd_percent: float | None
    most_common_state: str | None
    samples: int
    first_seen: datetime
    last_seen: datetime


class ActiveQuery(BaseModel):
    """Which hours `GET /api/devices/` looks at."""

    model_config = ConfigDict(extra="forbid")

    hours: Annotated[float, Field(gt=0, le=MAX_HOURS, allow_inf_nan=False)] = 24
    as_of: AwareDatetime | None = Field(default=None, description='in the place of "now"; RFC 3339')


class DeviceChange(BaseModel):
    """What a user may set of a device; null goes back to what follows from the data."""

    model_config = ConfigDict(extra="forbid")

    device_name: Name | None = None
    max_sample_period_s: Annotated[float, Field(gt=0, le=MAX_GAP_S, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "DeviceChange":
        if not self.model_fields_set:
            raise ValueError("give device_name or max_sample_period_s")
        return self


class DeviceDetails(BaseModel):
    """One device as it stands. `max_sample_period_s` is the longest spacing that counts towards energy."""

    cluster: int
    device_name: str
    first_seen: datetime
    last_seen: datetime
    device_state: str | None
    power_w: float | None
    thd_percent: float | None
    median_sample_period_s: float | None
    max_sample_period_s: float


def _plotted(key: str) -> str:
    if key not in plotted():
        raise ValueError(f"must be one of {', '.join(plotted())}")
    return key


PlottedMeasure = Annotated[str, AfterValidator(_plotted), Field(json_schema_extra={"enum": list(plotted())})]
"""The key of a measure that a plot may show."""


class SeriesQuery(BaseModel):
    """What to plot. By default the last 24 hours before `end`, which is "now", in about 300 points."""

    model_config = ConfigDict(extra="forbid")

    quantity: PlottedMeasure = "power"
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    bucket: str | None = Field(
        default=None,
        pattern=r"^[1-9]\d{0,8}[smhd]?$",
        description="seconds, or a number with s, m, h or d: 60, 15m, 1h, 1d; days begin at local midnight",
    )


class SeriesPoint(BaseModel):
    """One bucket that has readings: its mean, extremes and number of readings, or its energy."""

    start: datetime
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    sum: float | None = Field(default=None, description="energy within the bucket")
    samples: int | None = None


class Series(BaseModel):
    """The points of `[start, end)`; empty buckets are left out. The first and last may be cut short by it."""

    cluster: int
    device_name: str
    quantity: PlottedMeasure
    unit: str
    start: datetime
    end: datetime
    timezone: str
    bucket_s: int
    points: list[SeriesPoint]
