"""Edges of quarter hours, hours, days, weeks and months of the site's zone; pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from api_service.metering.blocks import IntArray
from api_service.metering.moments import epoch_us

# Local midnights are whole quarter hours, so shorter periods than a day may be counted evenly.
EVEN_US = {"15m": 900_000_000, "1h": 3_600_000_000}


def period_edges(start: datetime, end: datetime, bucket: str, zone: ZoneInfo) -> IntArray:
    """Ascending edges (epoch microseconds) of the periods that reach into `[start, end)`."""
    first = start.astimezone(zone).date()
    if bucket in EVEN_US:
        width_us, origin_us = EVEN_US[bucket], _midnight_us(first, zone)
        begin = (epoch_us(start) - origin_us) // width_us
        stop = -((origin_us - epoch_us(end)) // width_us)
        return origin_us + np.arange(begin, stop + 1) * width_us
    day = {"1d": first, "1w": first - timedelta(days=first.weekday()), "1mo": first.replace(day=1)}[bucket]
    edges = [_midnight_us(day, zone)]
    while edges[-1] < epoch_us(end):
        day = _next(day, bucket)
        edges.append(_midnight_us(day, zone))
    return np.array(edges, np.int64)


def _next(day: date, bucket: str) -> date:
    if bucket == "1mo":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if bucket == "1w" else 1)


def _midnight_us(day: date, zone: ZoneInfo) -> int:
    return epoch_us(datetime.combine(day, time(), zone))
