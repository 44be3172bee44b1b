"""The rules for readings, as they apply to files and requests alike."""

import math
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api_service.ingest.json_rows import read_objects
from api_service.ingest.rows import RawRows
from api_service.ingest.validate import (
    WARN_AMBIGUOUS,
    WARN_APPARENT,
    WARN_NAMES,
    WARN_P_OVER_S,
    WARN_POWER_FACTOR,
    WARN_TWO_POWERS,
    Context,
    Validated,
    validate,
)

UTC = Context(ZoneInfo("UTC"))
GOOD: dict[str, Any] = {"timestamp": "2026-03-09T14:30:00Z", "cluster": 3, "real_power_watt": 842.5}


def raw(*changes: dict[str, Any]) -> RawRows:
    rows, rejects = read_objects([GOOD | change for change in changes])
    assert rejects == []
    return rows


def check(*changes: dict[str, Any]) -> Validated:
    return validate(raw(*changes), UTC)


def test_validate_good_rows_keeps_them_all_as_they_are() -> None:
    found = check({"voltage": 230.5, "device_state": "on"}, {"real_power_watt": -12.0, "thd": 150})
    assert found.rejects == []
    assert found.row.tolist() == [0, 1]
    assert found.columns.timestamp_us.tolist() == [1_773_066_600_000_000] * 2
    assert found.columns.cluster.tolist() == [3, 3]
    assert found.columns.values["voltage"][0] == 230.5
    assert math.isnan(found.columns.values["voltage"][1])
    assert found.columns.device_state == ["on", None]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"timestamp": None}, "timestamp", "missing"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "timestamp", "outside 1980 to 2099"),
        ({"timestamp": "2100-01-01T00:00:00Z"}, "timestamp", "outside 1980 to 2099"),
        ({"cluster": None}, "cluster", "missing"),
        ({"cluster": 3.5}, "cluster", "not a whole number"),
        ({"cluster": -1}, "cluster", "must be between 0 and 2147483647"),
        ({"cluster": 2**31}, "cluster", "must be between 0 and 2147483647"),
        ({"cluster": 10**400}, "cluster", "not a whole number"),
        ({"real_power_watt": math.nan}, "real_power_watt", "not a finite number"),
        ({"real_power_watt": None, "real_power": -math.inf}, "real_power", "not a finite number"),
        ({"real_power_watt": 1e308}, "real_power_watt", "outside -1e+10 to 1e+10"),
        ({"real_power_watt": None}, None, "holds no measurement"),
    ],
)
def test_validate_a_row_that_cannot_be_true_rejects_it_with_field_and_reason(
    change: dict[str, Any], field: str | None, reason: str
) -> None:
    found = check({}, change, {"thd": 5})
    assert [(reject.row, reject.field, reject.reason) for reject in found.rejects] == [(1, field, reason)]
    assert found.row.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"voltage": -1}, "voltage", "must not be negative"),
        ({"frequency": -50}, "frequency", "must not be negative"),
        ({"thd": -0.1}, "thd", "must not be negative"),
        ({"thd": 1001}, "thd", "outside 0 to 1000"),
        ({"apparent_power": -1}, "apparent_power", "must not be negative"),
        ({"power_factor": 1.01}, "power_factor", "outside -1 to 1"),
        ({"power_factor": -1.01}, "power_factor", "outside -1 to 1"),
        ({"apparent_power": 0.5}, "apparent_power", "below real power, which cannot be"),
        ({"device_state": "x" * 201}, "device_state", "longer than 200 characters"),
        ({"device_name": "a\0b"}, "device_name", "contains a NUL character"),
        ({"device_state": "\ud800"}, "device_state", "not valid UTF-8 text"),
        ({"current": math.inf}, "current", "not a finite number"),
    ],
)
def test_validate_a_bad_optional_value_is_left_out_and_its_reading_stays(
    change: dict[str, Any], field: str, reason: str
) -> None:
    found = check({}, change, {"thd": 5})
    assert found.rejects == []
    assert {text: rows.tolist() for text, rows in found.left_out.items()} == {f"{field}: {reason}": [1]}
    assert found.columns.values["real_power_watt"].tolist() == [842.5] * 3
    column = found.columns.values.get(field)
    assert found.columns.device_state[1] is None if column is None else math.isnan(column[1])


def test_validate_of_two_powers_a_bad_one_is_left_out() -> None:
    found = check({"real_power": math.inf})
    assert (found.rejects, list(found.left_out)) == ([], ["real_power: not a finite number"])


def test_validate_power_above_what_voltage_and_current_give_too_is_rejected() -> None:
    # 230 V x 2 A = 460 VA, as the meter says; 842.5 W cannot be.
    found = check({"voltage": 230, "current": 2, "apparent_power": 0.46})
    assert [reject.field for reject in found.rejects] == ["real_power_watt"]


@pytest.mark.parametrize(
    "change",
    [
        {"power_factor": 1.0}, {"power_factor": -1.0}, {"voltage": 0}, {"frequency": 0}, {"thd": 0},
        {"cluster": 0}, {"cluster": 2**31 - 1}, {"cluster": 3.0}, {"current": -4.2},
        {"real_power_watt": None, "device_state": "off"}, {"real_power_watt": 0.5, "apparent_power": 0.0},
        {"timestamp": "1980-01-01T00:00:00Z"}, {"timestamp": "2099-12-31T23:59:59.999999Z"},
        {"device_state": "x" * 200}, {"device_state": "=HYPERLINK(1)"},
    ],
)  # fmt: skip
def test_validate_values_at_their_limits_are_kept(change: dict[str, Any]) -> None:
    assert check(change).rejects == []


def test_validate_either_real_power_gives_the_other() -> None:
    values = check({"real_power_watt": 842.5}, {"real_power_watt": None, "real_power": 1.5}).columns.values
    assert values["real_power"].tolist() == [0.8425, 1.5]
    assert values["real_power_watt"].tolist() == [842.5, 1500.0]


def test_validate_power_factor_a_hair_above_one_becomes_one() -> None:
    assert check({"power_factor": 1.0000005}).columns.values["power_factor"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        # 1050 W against 1000 VA: 5 % above
        ({"real_power_watt": 1050, "apparent_power": 1.0}, WARN_P_OVER_S),
        ({"real_power": 842.5}, WARN_TWO_POWERS),
        # 230 V x 1 A = 230 VA, not 900 VA
        ({"voltage": 230, "current": 1, "apparent_power": 0.9}, WARN_APPARENT),
        # 842.5 W / 900 VA = 0.94
        ({"apparent_power": 0.9, "power_factor": 0.5}, WARN_POWER_FACTOR),
    ],
)
def test_validate_values_that_disagree_are_kept_with_a_warning(change: dict[str, Any], sentence: str) -> None:
    found = check({}, change)
    assert found.rejects == []
    assert {text: rows.tolist() for text, rows in found.warnings.items()} == {sentence: [1]}


def test_validate_values_that_agree_within_a_meters_rounding_give_no_warning() -> None:
    good = {
        "voltage": 230.0,
        "current": 3.9,
        "apparent_power": 0.897,
        "power_factor": -0.94,
        "real_power": 0.84,
    }
    assert check(good).warnings == {}


def test_validate_two_faults_in_a_row_give_one_reject() -> None:
    assert len(check({"real_power_watt": math.inf, "cluster": None}).rejects) == 1


def test_validate_device_names_last_one_of_a_cluster_counts_and_others_are_warned_of() -> None:
    found = check(
        {"device_name": "Oven"}, {"device_name": "Cooker"}, {"cluster": 4, "device_name": "Fan"}, {}
    )
    assert found.columns.device_name == {3: "Cooker", 4: "Fan"}
    assert found.warnings[WARN_NAMES].tolist() == [0]


def test_validate_two_clusters_that_swap_their_names_are_warned_of() -> None:
    found = check(
        {"cluster": 1, "device_name": "A"}, {"cluster": 2, "device_name": "B"},
        {"cluster": 1, "device_name": "B"}, {"cluster": 2, "device_name": "A"},
    )  # fmt: skip
    assert found.columns.device_name == {1: "B", 2: "A"}
    assert found.warnings[WARN_NAMES].tolist() == [0, 1]


def test_validate_local_times_uses_the_zone_and_rejects_times_that_do_not_exist() -> None:
    rows = raw({}, {}, {})
    local = RawRows(
        rows.row,
        # 2026-03-29 12:00, 02:30 (no such time in Madrid), 2026-10-25 02:30 (twice)
        np.array([1_774_785_600, 1_774_751_400, 1_792_895_400]) * 1_000_000,
        np.ones(3, dtype=np.bool_),
        rows.cluster,
        rows.values,
        rows.device_state,
        rows.device_name,
    )
    found = validate(local, Context(ZoneInfo("Europe/Madrid")))
    assert [(reject.row, reject.field) for reject in found.rejects] == [(1, "timestamp")]
    assert "clock goes forward" in found.rejects[0].reason
    # 10:00 UTC and, as the first of two, 00:30 UTC
    assert found.columns.timestamp_us.tolist() == [1_774_778_400_000_000, 1_792_888_200_000_000]
    assert found.warnings[WARN_AMBIGUOUS].tolist() == [2]


def test_validate_a_reading_from_a_clock_that_runs_ahead_is_rejected() -> None:
    rows = raw({}, {"timestamp": "2098-01-01T00:00:00Z"})
    found = validate(rows, Context(ZoneInfo("UTC"), latest_us=1_800_000_000_000_000))
    assert [(reject.row, reject.field) for reject in found.rejects] == [(1, "timestamp")]
    assert "in the future" in found.rejects[0].reason


def test_validate_a_saturated_row_is_rejected_whatever_its_power_is() -> None:
    found = check({}, {"power_factor": 327.67})
    assert [(reject.row, reject.field) for reject in found.rejects] == [(1, "power_factor")]


def test_validate_no_rows_gives_no_rows() -> None:
    found = check()
    assert (len(found.columns), found.rejects, found.warnings) == (0, [], {})
