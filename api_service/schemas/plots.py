"""What plots, energies, gaps, events and exports take and answer; moments in UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from api_service.metering.measures import measure, plotted

STATE = "state"
MAX_DEVICES = 200

# The column is a 32-bit integer on PostgreSQL.
Cluster = Annotated[int, Field(ge=0, le=2**31 - 1)]


def _plotted(key: str) -> str:
    if key not in (*plotted(), STATE):
        raise ValueError(f"must be one of {', '.join((*plotted(), STATE))}")
    return key


def _recorded(key: str) -> str:
    if key not in plotted() or not measure(key).columns:
        raise ValueError(f"must be one of {', '.join(k for k in plotted() if measure(k).columns)}")
    return key


PlottedMeasure = Annotated[
    str, AfterValidator(_plotted), Field(json_schema_extra={"enum": [*plotted(), STATE]})
]
"""The key of a measure that a plot may show."""


class SeriesQuery(BaseModel):
    """What to plot. By default the last 24 hours before `end`, which is "now", in about 300 points."""

    model_config = ConfigDict(extra="forbid")

    quantity: PlottedMeasure = "power"
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    bucket: str | None = Field(
        default=None,
        pattern=r"^([1-9]\d{0,8}[smhd]?|auto)$",
        description="seconds, or a number with s, m, h or d: 60, 15m, 1h, 1d; days begin at local midnight; "
        "auto (the default): about 300 points",
    )


class SeriesPoint(BaseModel):
    """One bucket that has readings: its mean, extremes and number of readings, or its energy.

    Of `state`: a run of readings in one state, from its first reading to the first one of the next run.
    """

    start: datetime
    end: datetime | None = None
    state: str | None = None
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


class SeriesOfDevices(BaseModel):
    """One series for each device asked for, in that order."""

    series: list[Series]


class DevicesSeriesQuery(SeriesQuery):
    """The same quantity of several devices: `cluster` may be given many times."""

    cluster: Annotated[list[Cluster], Field(min_length=1, max_length=MAX_DEVICES)]


class SpanQuery(BaseModel):
    """A span of time; by default the 24 hours before `end`, which is "now"."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


class EventsQuery(SpanQuery):
    """Which limits to look for. Without `above` and `below` of a voltage: those of EN 50160."""

    quantity: Annotated[
        str,
        AfterValidator(_recorded),
        Field(json_schema_extra={"enum": [key for key in plotted() if measure(key).columns]}),
    ] = "voltage"
    above: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)
    nominal_v: Annotated[float, Field(gt=0, le=1e6)] | None = Field(
        default=None, description="by default the nominal voltage nearest to the device's mean"
    )


class Gap(BaseModel):
    """Two readings with power that lie further apart than the device's largest sample period.

    `ongoing`: nothing has come since `start`; `end` is then the end of the span.
    """

    start: datetime
    end: datetime
    duration_s: float
    ongoing: bool = False


class Event(BaseModel):
    """Consecutive readings outside of a limit: `value` is the worst one, in `unit`."""

    kind: str
    start: datetime
    end: datetime
    value: float
    unit: str
    readings: int


class EnergyQuery(SpanQuery):
    """Energies of the site by period. Without `cluster`: the mains, or all devices where there are none."""

    bucket: Literal["15m", "1h", "1d", "1w", "1mo"] = "1d"
    cluster: Annotated[list[Cluster], Field(max_length=MAX_DEVICES)] | None = None


class EnergyPeriod(BaseModel):
    """One period: drawn, fed back, and the difference."""

    start: datetime
    end: datetime
    import_kwh: float
    export_kwh: float
    energy_kwh: float


class Energy(BaseModel):
    """Energies by period of the site's zone; the first and last may be cut short by the span."""

    unit: str = "kWh"
    timezone: str
    start: datetime
    end: datetime
    clusters: list[int]
    periods: list[EnergyPeriod]


class ExportQuery(SpanQuery):
    """Which readings to send: by default all of them. `cluster` may be given many times."""

    format: Literal["csv", "parquet"] = "csv"
    cluster: Annotated[list[Cluster], Field(max_length=MAX_DEVICES)] | None = None
