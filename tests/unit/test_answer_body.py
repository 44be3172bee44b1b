"""From findings to the evidence and the window of the contract."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.cells import Cell, Finding, Findings, Result, Role
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Query, Slot
from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.chat.answering.answer_body import evidence_of, evidence_value, names_of, window_of

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
YESTERDAY = Window(datetime(2026, 3, 8, 23, tzinfo=UTC), datetime(2026, 3, 9, 23, tzinfo=UTC), "yesterday")
OVEN, SITE, KITCHEN = Subject("Oven", (1,)), Subject("", (1, 2), is_site=True), Subject("Kitchen", (1, 2))
DEVICES = (DeviceRef(1, "Oven"), DeviceRef(2, "Fridge"))


def cell(subject: Subject = OVEN, value: float | str | datetime = 3412.5, **more: object) -> Cell:
    fields: dict[str, object] = {
        "measure": "energy", "statistic": "sum", "unit": "Wh", "start": YESTERDAY.start, "end": YESTERDAY.end,
        "samples": 144, "coverage": 0.98765432,
    }  # fmt: skip
    return Cell(subject, value=value, **{**fields, **more})  # type: ignore[arg-type]


def findings(linear: str, *cells: Cell, **result: object) -> Findings:
    query = parse(linear.replace("<", "<extra_id_"))
    assert isinstance(query, Query)
    bindings = Bindings(devices={Slot(0): OVEN}, times={Slot(1): TimeValue((YESTERDAY,))})
    found = Finding(query, bindings, Result(cells, **result))  # type: ignore[arg-type]
    return Findings(query, (found,), Moment(NOW, MADRID), DEVICES)


def test_evidence_is_in_the_units_of_the_text_and_the_sites_time() -> None:
    (found,) = evidence_of(findings("value energy these <0> in <1>", cell()), ())
    assert (found.device, found.cluster, found.quantity, found.statistic) == ("Oven", 1, "energy", "sum")
    assert (found.value, found.unit, found.samples, found.coverage) == (3.4125, "kWh", 144, 0.9877)
    assert found.start.isoformat() == "2026-03-09T00:00:00+01:00"


def test_evidence_of_site_and_group_have_no_cluster() -> None:
    site, group = evidence_of(findings("list energy in <1>", cell(SITE), cell(KITCHEN)), ())
    assert (site.device, site.cluster) == (None, None)
    assert (group.device, group.cluster) == ("Kitchen", None)


def test_evidence_names_the_relation_that_a_value_is_of() -> None:
    share = cell(value=38.2, unit="%", role=Role.SHARE)
    (found,) = evidence_of(findings("value energy these <0> in <1> share", share), ())
    assert (found.quantity, found.statistic, found.value, found.unit) == ("energy", "share", 38.2, "%")


def test_evidence_begins_with_what_the_text_states_and_names_each_value_once() -> None:
    first, second = cell(), cell(Subject("Fridge", (2,)), 900.0)
    found = evidence_of(findings("list energy in <1>", first, second), (second,))
    assert [item.device for item in found] == ["Fridge", "Oven"]


def test_evidence_of_a_count_is_a_value_of_its_own() -> None:
    count, one = evidence_of(findings("how_many energy in <1>", cell(), count=1), ())
    assert (count.statistic, count.value, count.device) == ("count", 1.0, None)
    assert one.device == "Oven"


@pytest.mark.parametrize(
    ("found", "value", "unit"),
    [
        (cell(value=842.0, measure="power", unit="W"), 842.0, "W"),
        (cell(value=2400.0, measure="power", unit="W"), 2.4, "kW"),
        (cell(value="heating", measure="state", unit="state"), "heating", "state"),
        (cell(value=NOW, measure="last_seen", unit="timestamp"), "2026-03-10T13:00:00+01:00", "timestamp"),
        (cell(value=120.0, measure="power", unit="W/day"), 120.0, "W/day"),
        (cell(value=1 / 3, measure="energy", unit="", role=Role.RATIO), 0.333333333, ""),
    ],
)
def test_evidence_value_is_scaled_only_where_it_is_of_the_measure(
    found: Cell, value: object, unit: str
) -> None:
    assert evidence_value(found, MADRID) == (value, unit)


def test_window_is_that_of_the_query_and_ends_now_at_the_latest() -> None:
    window = window_of(findings("value energy these <0> in <1>", cell()))
    assert window is not None
    assert (window.label, window.timezone) == ("yesterday", "Europe/Madrid")
    assert window.end - window.start == timedelta(days=1)


def test_window_of_now_is_none_and_an_implied_one_is_the_last_day() -> None:
    now = cell(measure="power", statistic="latest", unit="W")
    assert window_of(findings("value power latest these <0>", now)) is None
    day = cell(start=NOW - timedelta(hours=24), end=NOW)
    window = window_of(findings("value energy these <0>", day))
    assert window is not None
    assert window.label == "in the last 24 hours"


def test_names_come_once_in_their_order() -> None:
    assert names_of(["Oven", "Fridge", "Oven", ""]) == ["Oven", "Fridge"]
