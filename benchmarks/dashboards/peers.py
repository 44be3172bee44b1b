"""The page's questions, each with the plain statement that answers nearly the same from raw rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api_service.metering.moments import from_epoch_us

DAY_US, MONTH_US = 86_400_000_000, 30 * 86_400_000_000


@dataclass(frozen=True)
class Question:
    """What the page asks for, and the peer's statement."""

    name: str
    path: str
    query: dict[str, Any]
    sql: str


def questions(kind: str, last_us: int) -> list[Question]:
    """Dashboards over the last day and the last month before the newest reading."""
    end_us = last_us + 1
    day, month = (_since(kind, end_us - span) for span in (DAY_US, MONTH_US))
    span = {"start": _text(end_us - MONTH_US), "end": _text(end_us)}
    one = f"cluster = 1 AND timestamp >= {month}"
    means = "SELECT cluster, avg(real_power_watt), avg(thd), max(timestamp), sum(real_power_watt) / 60000"
    return [
        Question(
            "devices of the last day", "/api/devices/", {},
            f"{means}, count(*) FROM electrical_data WHERE timestamp >= {day} GROUP BY cluster",
        ),
        Question(
            "devices of the last month", "/api/devices/", {"hours": 720},
            f"{means}, count(*) FROM electrical_data WHERE timestamp >= {month} GROUP BY cluster",
        ),
        Question(
            "summary of all time", "/api/devices/summary/", {},
            "SELECT cluster, device_state, avg(real_power_watt), avg(thd), count(*) FROM electrical_data "
            "GROUP BY cluster, device_state",
        ),
        *(
            Question(
                f"series of a month, {quantity} by {bucket}", "/api/devices/1/series",
                {"quantity": quantity, "bucket": bucket, **span},
                f"SELECT {_bucket(kind, seconds)} AS bucket, avg(real_power_watt), min(real_power_watt), "
                f"max(real_power_watt), count(*) FROM electrical_data WHERE {one} GROUP BY 1 ORDER BY 1",
            )
            for quantity, bucket, seconds in (
                ("power", "1h", 3600), ("energy", "1d", 86_400), ("energy", "15m", 900)
            )
        ),
        Question(
            "energy of the site by day, a month", "/api/energy", span,
            f"SELECT {_bucket(kind, 86_400)} AS bucket, sum(real_power_watt) / 60000 FROM electrical_data "
            f"WHERE timestamp >= {month} GROUP BY 1 ORDER BY 1",
        ),
    ]  # fmt: skip


def _since(kind: str, moment_us: int) -> str:
    return str(moment_us) if kind == "sqlite" else f"'{_text(moment_us)}'"


def _bucket(kind: str, seconds: int) -> str:
    if kind == "sqlite":
        return f"timestamp / {seconds * 1_000_000}"
    return f"floor(extract(epoch FROM timestamp) / {seconds})"


def _text(moment_us: int) -> str:
    moment: datetime = from_epoch_us(moment_us)
    return moment.isoformat()
