# ruff: noqa: E501 - a table of sentences reads best with one on a line
"""What the check of answers lets pass and, above all, what it does not; sentences and cells by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.cells import Cell, Finding, Findings, Result, Role
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Query
from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.assistant.verification.claims.text.written import Written, read_number
from api_service.assistant.verification.claims.verify import verify

NOW = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)  # 20:00 in Madrid, a Tuesday
MOMENT = Moment(NOW, ZoneInfo("Europe/Madrid"))
YESTERDAY = Window(datetime(2026, 3, 8, 23, tzinfo=UTC), datetime(2026, 3, 9, 23, tzinfo=UTC), "yesterday")
OVEN, FRIDGE, TV = Subject("Oven", (1,)), Subject("Fridge", (2,)), Subject("TV", (3,))
DEVICES = (DeviceRef(1, "Oven"), DeviceRef(2, "Fridge"), DeviceRef(3, "TV"))
BINDINGS = Bindings(
    devices={0: OVEN, 1: FRIDGE}, times={2: TimeValue((YESTERDAY,))}, numbers={3: 210.0, 4: 2000.0, 5: 2.0}
)


def cell(subject: Subject, measure: str, statistic: str, value: float, unit: str, **more: object) -> Cell:
    made = Cell(subject, measure, statistic, value, unit, YESTERDAY.start, YESTERDAY.end, samples=100)
    return Cell(**{**made.__dict__, **more})  # type: ignore[arg-type]


def energy(subject: Subject, watt_hours: float, **more: object) -> Cell:
    return cell(subject, "energy", "sum", watt_hours, "Wh", **more)


def found(query: str, *rows: Cell, **result: object) -> Findings:
    request = parse(query)
    assert isinstance(request, Query)
    finding = Finding(request, BINDINGS, Result(tuple(rows), **result))  # type: ignore[arg-type]
    return Findings(request, (finding,), MOMENT, DEVICES)


THREE = (energy(OVEN, 4200, rank=1), energy(FRIDGE, 3500, rank=2), energy(TV, 700, rank=3))
LOW = cell(
    Subject("", (1, 2, 3), is_site=True),
    "voltage",
    "min",
    208.4,
    "V",
    at=YESTERDAY.start + timedelta(hours=3),
)
FINDINGS = {
    "energy": found("value energy these <extra_id_0> in <extra_id_2>", energy(OVEN, 4200)),
    "ranking": found("list energy most in <extra_id_2>", *THREE),
    "winner": found("which energy most in <extra_id_2>", THREE[0]),
    "pair": found(
        "compare energy these <extra_id_0> <extra_id_1> in <extra_id_2>", energy(OVEN, 4200), energy(FRIDGE, 3500),
        context=(energy(OVEN, 700, role=Role.DIFFERENCE), cell(OVEN, "energy", "sum", 1.2, "", role=Role.RATIO)),
    ),
    "below": found("whether voltage where below <extra_id_3> in <extra_id_2>", LOW, verdict=True),
    "never": found("whether voltage where below <extra_id_3> in <extra_id_2>", verdict=False, context=(cell(LOW.subject, "voltage", "min", 221.0, "V", role=Role.WITNESS),)),
    "count": found("how_many energy having above <extra_id_4> in <extra_id_2>", *THREE[:2], count=2, of=3),
    "peak": found("when power max these <extra_id_0> in <extra_id_2>", cell(OVEN, "power", "max", 2400, "W", at=datetime(2026, 3, 9, 17, 30, tzinfo=UTC))),
}  # fmt: skip

TRUE = [
    ("energy", "The oven used 4.20 kWh yesterday."),
    ("energy", "Yesterday, the Oven used about 4 kWh of energy."),
    ("ranking", "The energy by device yesterday, highest first: the oven (4.20 kWh), the fridge (3.50 kWh) and the TV (700 Wh)."),
    ("winner", "The oven used the most energy yesterday: 4.20 kWh."),
    ("pair", "The oven used more energy than the fridge yesterday: 4.20 kWh against 3.50 kWh, a difference of 700 Wh."),
    ("pair", "The fridge used less energy than the oven yesterday: 3.50 kWh against 4.20 kWh."),
    ("below", "Yes, the voltage was below 210 V yesterday; the lowest was 208.4 V, at 03:00."),
    ("never", "No, the voltage was never below 210 V yesterday; the lowest was 221.0 V."),
    ("count", "2 of 3 devices used more than 2 kWh yesterday: the oven (4.20 kWh) and the fridge (3.50 kWh)."),
    ("peak", "The highest power of the oven yesterday was reached at 18:30: 2.40 kW."),
]  # fmt: skip

FALSE = [
    ("energy", "The fridge used 4.20 kWh yesterday.", "the device"),
    ("energy", "The oven used 4.30 kWh yesterday.", "the number"),
    ("energy", "The oven used 4.20 kW yesterday.", "the unit"),
    ("energy", "The oven used 4.20 kWh today.", "the day"),
    ("energy", "The oven used 4.20 kWh last week.", "the window"),
    ("energy", "The oven used 4.20 kWh.", "no time"),
    ("energy", "The oven did not use 4.20 kWh yesterday.", "a denial"),
    ("energy", "The oven used the most energy yesterday: 4.20 kWh.", "a rank"),
    ("energy", "The oven used 4.20 kWh yesterday because it is old.", "a reason"),
    ("energy", "The oven used 4.20 kWh on average yesterday.", "a statistic"),
    ("energy", "", "nothing"),
    ("ranking", "The energy by device yesterday, highest first: the fridge (3.50 kWh), the oven (4.20 kWh) and the TV (700 Wh).", "the order"),
    ("ranking", "The energy by device yesterday, highest first: the oven (3.50 kWh), the fridge (4.20 kWh) and the TV (700 Wh).", "values swapped"),
    ("ranking", "The energy by device yesterday, lowest first: the oven (4.20 kWh), the fridge (3.50 kWh) and the TV (700 Wh).", "the end"),
    ("winner", "The oven used the least energy yesterday: 4.20 kWh.", "the end"),
    ("winner", "The fridge used the most energy yesterday: 4.20 kWh.", "the device"),
    ("pair", "The oven used less energy than the fridge yesterday: 4.20 kWh against 3.50 kWh.", "the direction"),
    ("pair", "The fridge used more energy than the oven yesterday: 4.20 kWh against 3.50 kWh.", "devices swapped"),
    ("pair", "The oven used more energy than the fridge yesterday: 4.20 kWh against 3.50 kWh, a difference of 800 Wh.", "the difference"),
    ("below", "No, the voltage was below 210 V yesterday; the lowest was 208.4 V, at 03:00.", "the verdict"),
    ("below", "Yes, the voltage was never below 210 V yesterday; the lowest was 208.4 V, at 03:00.", "a denial"),
    ("below", "Yes, the voltage was below 211 V yesterday; the lowest was 208.4 V, at 03:00.", "the limit"),
    ("below", "Yes, the voltage was above 210 V yesterday; the lowest was 208.4 V, at 03:00.", "the direction"),
    ("below", "Yes, the voltage was below 210 V yesterday; the highest was 208.4 V, at 03:00.", "the extreme"),
    ("below", "Yes, the voltage was below 210 V yesterday; the lowest was 208.4 V, at 04:00.", "the time"),
    ("never", "No, the voltage was below 210 V yesterday; the lowest was 221.0 V.", "no denial"),
    ("never", "Yes, the voltage was never below 210 V yesterday; the lowest was 221.0 V.", "the verdict"),
    ("count", "3 of 3 devices used more than 2 kWh yesterday: the oven (4.20 kWh) and the fridge (3.50 kWh).", "the count"),
    ("count", "2 of 4 devices used more than 2 kWh yesterday: the oven (4.20 kWh) and the fridge (3.50 kWh).", "of how many"),
    ("count", "2 of 3 devices used less than 2 kWh yesterday: the oven (4.20 kWh) and the fridge (3.50 kWh).", "the direction"),
    ("peak", "The highest power of the oven yesterday was reached at 17:30: 2.40 kW.", "the time"),
    ("peak", "The lowest power of the oven yesterday was reached at 18:30: 2.40 kW.", "the extreme"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), TRUE)
def test_true_text_is_supported(name: str, text: str) -> None:
    verdict = verify(text, FINDINGS[name])
    assert verdict.supported, verdict.problems


@pytest.mark.parametrize(("name", "text", "_what"), FALSE)
def test_false_text_is_not_supported(name: str, text: str, _what: str) -> None:
    verdict = verify(text, FINDINGS[name])
    assert not verdict.supported
    assert verdict.problems


def test_verdict_names_devices_and_cells_in_their_order() -> None:
    verdict = verify(TRUE[5][1], FINDINGS["pair"])
    assert verdict.devices == ("Fridge", "Oven")
    assert [cell.number for cell in verdict.cells] == [4200, 3500]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("3.41 kWh", Written(3410, "Wh", 5)),
        ("3 h 20 min", Written(12_000, "s", 30)),
        ("-0.72 A", Written(-0.72, "A", 0.005)),
        ("\u20ac3.41", Written(3.41, "EUR", 0.005)),
        ("1,234 readings", Written(1234, "reading", 0.5)),
        ("1.2 kWh per day", Written(1200, "Wh", 50, per_day=True)),
    ],
)
def test_written_number_is_read_with_its_unit_and_rounding(text: str, written: Written) -> None:
    found_number = read_number(text, 0)
    assert found_number is not None
    number, end = found_number
    assert (number.value, number.unit, number.per_day) == (
        pytest.approx(written.value),
        written.unit,
        written.per_day,
    )
    assert number.tolerance == pytest.approx(written.tolerance)
    assert end == len(text)


@pytest.mark.parametrize("text", ["18:32", "5 mW", "4.20.1 kWh", "kWh"])
def test_no_number_is_read_from_what_is_none(text: str) -> None:
    assert read_number(text, 0) is None
