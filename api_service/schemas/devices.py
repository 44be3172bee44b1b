"""What `/api/devices` takes and answers; powers in W, energies in kWh, moments in UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from api_service.metering.blocks import ConflictRule

MAX_HOURS = 24 * 366 * 100
MAX_GAP_S = 31 * 86_400
# Any script, but nothing that a terminal or a database would take for a command, or that turns the direction
# of the text around it.
_NAME = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_NAME)]


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
    power_w: float | None = Field(default=None, description="of the device's newest reading")
    average_power_factor: float | None = None
    groups: list[str] = []
    role: str | None = None


class ClusterSummary(BaseModel):
    """One device over all of its readings."""

    cluster: int
    device_name: str
    average_power_w: float | None
    average_thd_percent: float | None
    average_power_factor: float | None = None
    most_common_state: str | None
    samples: int
    first_seen: datetime
    last_seen: datetime
    role: str | None = None


class ActiveQuery(BaseModel):
    """Which hours `GET /api/devices/` looks at."""

    model_config = ConfigDict(extra="forbid")

    hours: Annotated[float, Field(gt=0, le=MAX_HOURS, allow_inf_nan=False)] = 24
    as_of: AwareDatetime | None = Field(default=None, description='in the place of "now"; RFC 3339')


class DeviceChange(BaseModel):
    """What a user may set of a device; null goes back to what follows from the data."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

    device_name: Name | None = None
    max_sample_period_s: Annotated[float, Field(gt=0, le=MAX_GAP_S, allow_inf_nan=False)] | None = None
    groups: Annotated[list[Name], Field(max_length=20)] | None = Field(
        default=None, description="rooms, phases, circuits"
    )
    role: Literal["mains"] | None = Field(
        default=None, description="`mains`: measures what all others draw together"
    )

    @model_validator(mode="after")
    def _changes_something(self) -> "DeviceChange":
        if not self.model_fields_set:
            raise ValueError("give device_name, max_sample_period_s, groups or role")
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
    groups: list[str]
    role: str | None
    readings_from: datetime | None = Field(
        default=None, description="before it only hours of the readings are kept; null: all are there"
    )


class Deleted(BaseModel):
    """How many readings were taken out."""

    readings: int


class Merge(BaseModel):
    """Which device takes the readings, and what becomes of moments that both have."""

    model_config = ConfigDict(extra="forbid")

    into: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(description="the cluster that stays")
    on_conflict: ConflictRule = ConflictRule.KEEP


class Merged(BaseModel):
    """How many readings moved, and how many had a moment that the other device has already."""

    readings: int
    duplicates: int


class LiveDevice(BaseModel):
    """A device with its newest reading."""

    cluster: int
    device_name: str
    last_seen: datetime
    power_w: float | None
    thd_percent: float | None
    device_state: str | None
    groups: list[str]
    role: str | None


class LiveDevices(BaseModel):
    """Devices that have changed, and the clusters of those that are gone."""

    devices: list[LiveDevice]
    removed: list[int]


class LiveEvent(BaseModel):
    """One event of `GET /api/devices/live`, numbered from 1; the first one holds all devices.

    `data` is `LiveDevices` as JSON: one text for all who listen.
    """

    number: int
    kind: Literal["devices"]
    data: str
