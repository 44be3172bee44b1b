"""What an answer leaves to point at, and the query that a follow-up goes on from."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.entity import DeviceValue
from api_service.assistant.entities.mask import MaskedQuestion, mask
from api_service.assistant.entities.pointers.places import NamedBefore
from api_service.assistant.execution.bindings import Bindings, Subject
from api_service.assistant.execution.cells import Cell, Finding, Findings, Result
from api_service.assistant.query.linear import parse, print_request
from api_service.assistant.query.query import Query
from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.assistant.understanding.focus.carried import carried
from api_service.assistant.understanding.focus.focus import NOTHING, Focus, focus_from_json
from api_service.assistant.understanding.focus.focused_query import context_of
from api_service.assistant.understanding.focus.found import focus_of
from api_service.assistant.understanding.focus.pointing import Pointed, pointed_at
from api_service.assistant.understanding.reading.previous_query import PreviousQuery, previous_query
from api_service.metering.analysis.calendar.periods import Period

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("UTC"))
OVEN, FRIDGE, LAMP = (DeviceRef(n, name) for n, name in enumerate(("Oven", "Fridge", "Lamp"), 1))
CATALOG = Catalog(tuple(CatalogDevice(device) for device in (OVEN, FRIDGE, LAMP)))
DAY = timedelta(days=1)
TUESDAY = datetime(2026, 3, 10, tzinfo=UTC)


def slotted(linear: str) -> str:
    return linear.replace("<", "<extra_id_")


def before(text: str, linear: str) -> PreviousQuery:
    return previous_query(parse(slotted(linear)), mask(text, CATALOG, NOW).entities)


def cell(device: DeviceRef | None, **more: object) -> Cell:
    site = Subject("", (1, 2, 3), is_site=True)
    subject = Subject(device.name, (device.cluster,)) if device else site
    fields = {"start": TUESDAY, "end": TUESDAY + DAY, **more}
    return Cell(subject, "energy", "sum", 1000.0, "Wh", **fields)  # type: ignore[arg-type]


def focus(query: PreviousQuery, *rows: Cell, earlier: Focus = NOTHING) -> Focus:
    request = query.request
    assert isinstance(request, Query)
    finding = Finding(request, Bindings(), Result(rows))
    return focus_of(Findings(request, (finding,), NOW, (OVEN, FRIDGE, LAMP)), query, earlier)


def linear_of(query: PreviousQuery) -> tuple[str, list[str]]:
    return query.linear().replace("<extra_id_", "<"), [entity.text for entity in query.entities]


WHICH = before("which device used the most on tuesday", "which energy most in <0>")
WHICH_DAY = before(
    "on which day did the oven use the most last week", "when energy per day these <0> most in <1>"
)
PEAK = before("when was the power of the oven highest on tuesday", "when power max these <0> in <1>")


def test_winner_is_the_device_that_a_question_then_points_at() -> None:
    found = focus(WHICH, cell(FRIDGE))
    assert (found.devices, found.time) == ((FRIDGE,), None)
    context = context_of(mask("what did it cost?", CATALOG, NOW), WHICH, found)
    assert linear_of(context) == ("value energy these <0> in <1>", ["Fridge", "on tuesday"])


@pytest.mark.parametrize(
    "text", ["and yesterday?", "and the second most?", "how much did we use?", "and the oven?"]
)
def test_question_that_points_at_nothing_goes_on_from_the_question(text: str) -> None:
    found = focus(WHICH, cell(FRIDGE))
    assert context_of(mask(text, CATALOG, NOW), WHICH, found) == WHICH


def test_device_that_the_question_named_itself_stays() -> None:
    found = focus(WHICH_DAY, cell(OVEN, period=Period.DAY, key=5))
    assert found.devices == ()
    assert found.time is not None
    assert found.time.label == "on Tuesday 10 March"
    context = context_of(mask("what did it cost?", CATALOG, NOW), WHICH_DAY, found)
    assert linear_of(context) == ("value energy these <0> in <1>", ["oven", "on Tuesday 10 March"])


def test_moment_of_a_peak_is_a_quarter_of_an_hour_and_no_span() -> None:
    at = TUESDAY + timedelta(hours=6, minutes=25)
    found = focus(PEAK, cell(OVEN, at=at))
    assert found.time == Window(at, at + timedelta(minutes=15), "on Tuesday 10 March at 06:25")
    assert context_of(mask("how high was it?", CATALOG, NOW), PEAK, found) == PEAK


def test_run_is_the_time_of_what_is_then_asked() -> None:
    last = before("when was the oven last on", "when state last these <0> where on")
    start = TUESDAY + timedelta(hours=18)
    found = focus(last, cell(OVEN, at=start, until=start + timedelta(hours=1)))
    context = context_of(mask("how long did it take?", CATALOG, NOW), last, found)
    expected = ["oven", "on Tuesday 10 March between 18:00 and 19:00"]
    assert linear_of(context) == ("value on_time these <0> in <1>", expected)


def test_two_named_one_after_the_other_are_the_two() -> None:
    one = before("how much did the oven use on tuesday", "value energy these <0> in <1>")
    other = before("how much did the fridge use on tuesday", "value energy these <0> in <1>")
    found = focus(other, cell(FRIDGE), earlier=focus(one, cell(OVEN)))
    assert (found.known, found.is_set) == ((OVEN, FRIDGE), False)
    asked = mask(
        "which of the two used more?", CATALOG, NOW, None, NamedBefore(found.known, has_question=True)
    )
    assert asked.prompt == "which of them used more"
    assert linear_of(context_of(asked, other, found))[1] == ["Oven", "Fridge", "on tuesday"]


def test_whole_table_is_nothing_to_point_at() -> None:
    table = before("list the energy of all devices on tuesday", "list energy in <0>")
    assert focus(table, cell(OVEN), cell(FRIDGE), cell(LAMP)).devices == ()


def test_focus_is_stored_and_read_back() -> None:
    found = focus(
        WHICH_DAY, cell(OVEN, period=Period.DAY, key=5), earlier=focus(WHICH, cell(FRIDGE), cell(LAMP))
    )
    assert focus_from_json(found.to_json()) == found
    assert focus_from_json(None) == NOTHING
    with pytest.raises(ValueError, match="devices"):
        focus_from_json({"devices": 3})


PAIR = NamedBefore((OVEN, FRIDGE), (OVEN, FRIDGE), is_set=True, has_question=True)


@pytest.mark.parametrize(
    ("text", "named", "device"),
    [
        ("only the first one please", PAIR, OVEN),
        ("and the second of them alone", PAIR, FRIDGE),
        ("then the other one", NamedBefore((OVEN, FRIDGE), (OVEN,), is_set=True, has_question=True), FRIDGE),
        ("the latter?", PAIR, FRIDGE),
    ],
)
def test_device_is_named_by_its_place(text: str, named: NamedBefore, device: DeviceRef) -> None:
    (entity,) = mask(text, CATALOG, NOW, None, named).entities
    assert entity.value == DeviceValue(device.name, (device,))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("and the third one?", PAIR),
        ("then the other one", NamedBefore((OVEN, FRIDGE, LAMP), (OVEN,), is_set=True, has_question=True)),
        ("only the first one", NamedBefore((OVEN, FRIDGE), (FRIDGE,), is_set=False, has_question=True)),
        ("only the first one", NamedBefore()),
    ],
)
def test_place_that_no_device_has_names_none(text: str, named: NamedBefore) -> None:
    values = [entity.value for entity in mask(text, CATALOG, NOW, None, named).entities]
    assert not any(isinstance(value, DeviceValue) for value in values)


def pointing(text: str) -> MaskedQuestion:
    return mask(text, CATALOG, NOW, None, NamedBefore(has_question=True))


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("how much exactly?", Pointed.RESULT),
        ("at what time?", Pointed.RESULT),
        ("and its average power", Pointed.RESULT),
        ("did it use more than the oven?", Pointed.RESULT),
        ("what share of the total is that?", Pointed.RESULT),
        ("how much do they draw together", Pointed.SEVERAL),
        ("what did the two cost", Pointed.SEVERAL),
        ("and last week?", Pointed.NOTHING),
        ("what was the total of the house", Pointed.NOTHING),
    ],
)
def test_words_point_at_the_result_or_at_nothing(text: str, pointed: Pointed) -> None:
    assert pointed_at(pointing(text)) is pointed


OVEN_TUESDAY = before("how much did the oven use on tuesday", "value energy these <0> in <1>")
OVEN_PEAK = before("highest power of the oven on tuesday", "value power max these <0> in <1>")
TWO = before("compare the oven and the fridge on tuesday", "compare energy these <0> <1> in <2>")
VOLTAGE = before("lowest voltage on tuesday", "value voltage min in <0>")


@pytest.mark.parametrize(
    ("previous", "text", "read", "meant"),
    [
        (OVEN_TUESDAY, "sorry, I meant active power", "value power latest", "value power these <0> in <1>"),
        (
            OVEN_PEAK,
            "on which day was that?",
            "when state per day where on",
            "when power max these <0> in <1>",
        ),
        (OVEN_TUESDAY, "the longest one", "value on_time max", "value on_time max these <0> in <1>"),
        (
            OVEN_TUESDAY,
            "and per month?",
            "list cost per month these <0> in <1>",
            "list cost per month these <0>",
        ),
        (
            TWO,
            "add the lamp",
            "compare energy these <1> <0> in <3>",
            "list energy these <1> <2> <0> most in <3>",
        ),
        (TWO, "which of them was higher?", "which energy most", "which energy these <0> <1> most in <2>"),
        (OVEN_PEAK, "and the whole house?", "value power max these <0> in <1>", "value power max in <1>"),
        (VOLTAGE, "on which device?", "which voltage", "which voltage min least in <0>"),
        (VOLTAGE, "on which device?", "unsupported", "which voltage min least in <0>"),
        (OVEN_TUESDAY, "why is that?", "unsupported", "unsupported"),
        (
            OVEN_TUESDAY,
            "did it use more than the fridge?",
            "whether energy these <0> <1> in <2> more",
            "whether energy these <1> <0> in <2> more",
        ),
        (
            TWO,
            "how much do they draw together",
            "value power latest these <0>",
            "value power latest these <0> <1>",
        ),
        (TWO, "and the lamp alone", "value energy these <0> <1> <2> in <3>", "value energy these <0> in <3>"),
    ],
)
def test_short_follow_up_keeps_what_it_goes_on_from(
    previous: PreviousQuery, text: str, read: str, meant: str
) -> None:
    request = carried(pointing(text), parse(slotted(read)), previous)
    assert print_request(request) == slotted(meant)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("what was the highest power of the site", "value power max"),
        ("what did everything cost", "value cost in <1>"),
        ("which device used the most on tuesday", "which energy most in <0>"),
    ],
)
def test_question_of_its_own_is_left_as_it_was_read(text: str, read: str) -> None:
    request = parse(slotted(read))
    assert carried(pointing(text), request, OVEN_TUESDAY) == request
