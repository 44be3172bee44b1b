"""The power factor of several devices is a ratio of energies: how often each is read does not matter."""

from dataclasses import fields

import numpy as np
import pytest

from api_service.metering.analysis.sums import Sums
from api_service.metering.analysis.values import level_of
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

HOUR_S = 3600.0


def sums(**columns: list[float]) -> Sums:
    """Sums of one period; columns that are not given are zero."""
    length = len(columns["cluster"])
    blank = {field.name: np.zeros(length) for field in fields(Sums)}
    given = {name: np.array(values) for name, values in columns.items()}
    return Sums(**{**blank, **given})


def factor(rows: Sums) -> float:
    value = level_of(rows, MEASURES["power_factor"], Statistic.MEAN)
    assert value is not None
    assert isinstance(value.value, float)
    return value.value


def test_a_device_that_is_read_twice_as_often_weighs_no_more() -> None:
    # 100 W and 100 VA read every 30 s beside 100 W and 200 VA every 60 s: (100 + 100) / (100 + 200).
    rows = sums(
        cluster=[1, 2],
        n=[120, 60],
        total=[12_000.0, 6_000.0],
        weight=[12_000.0, 12_000.0],
        record_s=[HOUR_S, HOUR_S],
    )
    assert factor(rows) == pytest.approx(200 / 300)


def test_a_device_that_is_read_for_half_of_the_time_weighs_half() -> None:
    rows = sums(
        cluster=[1, 2],
        n=[60, 30],
        total=[6_000.0, 3_000.0],
        weight=[6_000.0, 6_000.0],
        record_s=[HOUR_S, HOUR_S / 2],
    )
    assert factor(rows) == pytest.approx((100 + 50) / (100 + 100))


def test_readings_count_alike_where_their_time_is_not_known() -> None:
    rows = sums(cluster=[1, 2], n=[2, 1], total=[200.0, 100.0], weight=[200.0, 200.0])
    assert factor(rows) == pytest.approx(300 / 400)


def test_one_device_has_the_ratio_of_its_sums() -> None:
    rows = sums(cluster=[1, 1], n=[2, 1], total=[200.0, 90.0], weight=[200.0, 100.0], record_s=[60.0, 60.0])
    assert factor(rows) == pytest.approx(290 / 300)
