"""A question's entities as the values of a query's slots; windows and numbers by hand."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.entity_json import entities_from_json, entities_to_json
from api_service.assistant.entities.mask import mask
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Slot
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.entity_binding import BoundQuery, Unbound, bind
from api_service.metering.analysis.calendar.periods import ANY_TIME, Recurrence, Term, TimeFilter

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
CATALOG = Catalog(
    (
        CatalogDevice(DeviceRef(1, "Oven"), groups=("Kitchen",)),
        CatalogDevice(DeviceRef(2, "Kettle"), groups=("Kitchen",)),
        CatalogDevice(DeviceRef(3, "Pump 1")),
        CatalogDevice(DeviceRef(4, "Pump 2")),
    ),
    states=("standby",),
)


def bound(question: str, query: str, first_reading: datetime | None = None) -> BoundQuery:
    entities = entities_from_json(entities_to_json(mask(question, CATALOG, NOW).entities))
    return bind(entities, parse(query), first_reading=first_reading)


def slot(number: int) -> Slot:
    return Slot(number)


def test_bind_devices_groups_and_plurals_are_subjects_with_their_clusters() -> None:
    found = bound(
        "oven, the kitchen and the pumps now",
        "value power latest these <extra_id_0> <extra_id_1> <extra_id_2>",
    )
    assert not found.faults
    assert [found.bindings.devices[slot(n)].clusters for n in range(3)] == [(1,), (1, 2), (3, 4)]


def test_bind_window_is_that_of_the_question() -> None:
    found = bound("oven yesterday between 2 and 4 pm", "value energy these <extra_id_0> in <extra_id_1>")
    value = found.bindings.times[slot(1)]
    assert [(w.start, w.end) for w in value.windows] == [
        (datetime(2026, 3, 11, 13, tzinfo=UTC), datetime(2026, 3, 11, 15, tzinfo=UTC))
    ]
    assert value.filter == ANY_TIME


def test_bind_recurring_hours_past_midnight_belong_to_the_day_they_begin() -> None:
    found = bound(
        "use on weekday nights last month", "value energy where during <extra_id_0> in <extra_id_1>"
    )
    expected = Recurrence(22 * 3600, 6 * 3600, frozenset(range(5)))
    assert found.bindings.hours[slot(0)] == TimeFilter((Term((expected,)),))


def test_bind_weekdays_within_a_window_restrict_it() -> None:
    found = bound("use on the last two Sundays", "value energy in <extra_id_0>")
    assert found.bindings.times[slot(0)].filter == TimeFilter(
        (Term((Recurrence(0, 86400, frozenset({6})),)),)
    )


def test_bind_window_open_to_the_past_begins_at_the_first_reading() -> None:
    first = datetime(2026, 1, 5, tzinfo=UTC)
    found = bound("kwh since we started recording", "value energy in <extra_id_0>", first)
    assert found.bindings.times[slot(0)].windows[0].start == first


@pytest.mark.parametrize(
    ("question", "query", "number"),
    [
        ("did it use more than 2 kWh", "whether energy having above <extra_id_0>", 2000),
        ("did it use more than 5", "whether energy having above <extra_id_0>", 5000),
        ("is it above 2 kW", "whether power latest having above <extra_id_0>", 2000),
        ("is the voltage below 210", "whether voltage having below <extra_id_0>", 210),
        ("is the pf below 90 %", "whether power_factor having below <extra_id_0>", 0.9),
        ("on for more than 2 hours", "whether on_time having above <extra_id_0>", 7200),
        ("top 5 consumers", "list energy most limit <extra_id_0>", 5),
        ("third highest consumer", "which energy most rank <extra_id_0>", 3),
        ("half of what we used", "value energy times <extra_id_0>", 0.5),
        ("30 % of what we used", "value energy times <extra_id_0>", 0.3),
    ],
)
def test_bind_number_is_in_the_unit_of_its_role(question: str, query: str, number: float) -> None:
    found = bound(question, query)
    assert not found.faults
    assert found.bindings.numbers[slot(0)] == pytest.approx(number)


@pytest.mark.parametrize(
    ("question", "query", "reason", "text"),
    [
        ("the sauna now", "value power latest these <extra_id_0>", Unbound.UNKNOWN_DEVICE, "sauna"),
        ("the pump now", "value power latest these <extra_id_0>", Unbound.AMBIGUOUS_DEVICE, "pump"),
        (
            "use at 25:00 yesterday",
            "value energy in <extra_id_0>",
            Unbound.NO_SUCH_TIME,
            "at 25:00 yesterday",
        ),
        ("use tomorrow", "value energy in <extra_id_0>", Unbound.FUTURE, "tomorrow"),
        ("energy above 230 V", "whether energy having above <extra_id_0>", Unbound.WRONG_UNIT, "230 V"),
        ("777 watts of energy", "value energy times <extra_id_0>", Unbound.WRONG_UNIT, "777 watts"),
        ("the oven", "value energy these <extra_id_3>", Unbound.MISSING, ""),
    ],
)
def test_bind_slot_without_a_value_is_a_fault_with_its_reason(
    question: str, query: str, reason: Unbound, text: str
) -> None:
    (fault,) = bound(question, query).faults
    assert (fault.reason, fault.text) == (reason, text)


@pytest.mark.parametrize(
    "question",
    ["oven yesterday", "the pump at night", "more than 2 kW on 12/03", "kitchen since we started",
     "standby at 25:00",     "the second oven on weekday mornings", "the sauna tomorrow"],
)  # fmt: skip
def test_entities_survive_json(question: str) -> None:
    entities = mask(question, CATALOG, NOW).entities
    assert entities
    assert entities_from_json(entities_to_json(entities)) == entities


@pytest.mark.parametrize("stored", [{}, {"kind": "device"}, {"kind": "planet", "value": {}}])
def test_entities_from_json_refuses_what_is_none(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"lacks|planet"):
        entities_from_json([stored])
