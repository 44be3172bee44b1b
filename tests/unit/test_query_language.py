"""The linear form: parser, printer, automaton and sampler are one language."""

import random
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_service.assistant.query.automaton import build_automaton, query_automaton
from api_service.assistant.query.grammar import GRAMMAR, QueryGrammar, build_grammar
from api_service.assistant.query.linear import parse, print_request, renumbered, slots_used
from api_service.assistant.query.numbers import number_uses
from api_service.assistant.query.query import (
    Ask,
    Bound,
    BoundKind,
    Explain,
    MeasureCondition,
    Outcome,
    Per,
    Query,
    Slot,
    SlotKind,
    Where,
    WindowForm,
    Windows,
)
from api_service.assistant.query.sampler import sample_any, sample_request
from api_service.assistant.query.syntax import ParseError, slot_of
from api_service.assistant.query.type_rules import type_fault
from api_service.metering.measure import PERCENT
from api_service.metering.measures import MEASURES, Measure, Statistic
from shared.grammar import Grammar, grammar_from_json

seeds = st.integers(0, 2**32).map(random.Random)


def test_parse_reads_a_condition_on_readings() -> None:
    request = parse("whether voltage where below <extra_id_0> in <extra_id_1>")
    assert request == Query(
        ask=Ask.WHETHER,
        measure="voltage",
        statistic=Statistic.MEAN,
        where=Where(bounds=(MeasureCondition(None, Bound(BoundKind.BELOW, (Slot(0),))),)),
        windows=Windows(WindowForm.IN, (Slot(1),)),
    )


def test_parse_reads_other_requests() -> None:
    assert parse("control") is Outcome.CONTROL
    assert parse("explain thd <extra_id_0>") == Explain("thd", Slot(0))


def test_parse_puts_a_query_into_its_normal_form() -> None:
    assert parse("value voltage where voltage poor") == parse("value voltage where poor")
    assert parse("which thd most limit <extra_id_0>") == parse("list thd most limit <extra_id_0>")
    assert parse("value last_seen") == parse("when last_seen")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "token 1: expected the form of a question"),
        ("value", "token 2: expected one of power, energy"),
        ("value energy sum", "token 3: expected the end, not 'sum'"),
        ("value energy these in <extra_id_0>", "token 4: expected a slot of device or group"),
        ("value energy where in <extra_id_0>", "token 4: expected one of state, bounds, hours"),
        ("value energy in <extra_id_0> <extra_id_1> <extra_id_2>", "token 6: expected the end"),
        ("value energy in <extra_id_16>", "token 4: expected a slot of time"),
        ("value energy in <extra_id_01>", "token 4: expected a slot of time"),
    ],
)
def test_parse_names_the_place_of_an_error(text: str, complaint: str) -> None:
    with pytest.raises(ParseError, match=complaint.replace(".", r"\.")):
        parse(text)


@given(seeds)
def test_print_then_parse_gives_the_same_request(rng: random.Random) -> None:
    request = sample_any(rng)
    assert parse(print_request(request)) == request


@given(seeds)
@settings(max_examples=300)
def test_automaton_accepts_exactly_what_the_parser_accepts(rng: random.Random) -> None:
    tokens = print_request(sample_any(rng)).split()
    other = print_request(sample_any(rng)).split()
    for _ in range(rng.randrange(3)):
        place = rng.randrange(len(tokens) + 1)
        tokens[place : place + rng.randrange(3)] = rng.choices(other, k=rng.randrange(3))
    assert _accepts(query_automaton(), tokens) == _parses(tokens)


def _accepts(automaton: Grammar, tokens: list[str]) -> bool:
    """Whether the automaton accepts `tokens`, each slot being of a kind that fits where it stands."""
    state = 0
    for token in tokens:
        edges = {automaton.symbols[index]: target for index, target in automaton.edges[state]}
        is_slot = slot_of(token) is not None
        ends = {end for symbol, end in edges.items() if (symbol[0] == "@") == is_slot}
        ends &= set(edges.values()) if is_slot else {edges.get(token, -1)}
        if not ends:
            return False
        (state,) = ends
    return state in automaton.accepting


def _parses(tokens: list[str], grammar: QueryGrammar = GRAMMAR) -> bool:
    try:
        parse(" ".join(tokens), grammar)
    except ParseError:
        return False
    return True


@given(seeds)
def test_every_sampled_request_is_well_typed_and_its_slots_count_up(rng: random.Random) -> None:
    request = sample_request(rng)
    assert type_fault(request) is None
    assert [use.slot for use in slots_used(request)] == list(range(len(slots_used(request))))


def test_sampler_reaches_every_word_of_the_grammar() -> None:
    rng = random.Random(7)
    seen = {token for _ in range(6000) for token in print_request(sample_any(rng)).split()}
    assert {symbol for symbol in query_automaton().symbols if symbol[0] != "@"} <= seen


def test_automaton_survives_json_and_knows_every_kind_of_slot() -> None:
    automaton = query_automaton()
    assert grammar_from_json(automaton.to_json()).digest == automaton.digest
    assert {f"@{kind}" for kind in SlotKind} <= set(automaton.symbols)


@given(seeds)
def test_automaton_follows_a_sample_with_the_kinds_of_its_slots(rng: random.Random) -> None:
    request = sample_any(rng)
    kinds = {f"<extra_id_{use.slot}>": rng.choice(sorted(use.kinds)) for use in slots_used(request)}
    state = query_automaton().follow(print_request(request).split(), kinds)
    assert state in query_automaton().accepting


def test_slots_used_gives_each_place_with_its_kinds() -> None:
    uses = slots_used(parse("list energy these <extra_id_2> most limit <extra_id_0> in <extra_id_1>"))
    assert [(use.slot, set(use.kinds)) for use in uses] == [
        (2, {SlotKind.DEVICE, SlotKind.GROUP}),
        (0, {SlotKind.NUMBER}),
        (1, {SlotKind.TIME}),
    ]


def test_renumbered_moves_slots_and_keeps_the_rest() -> None:
    request = parse("value energy these <extra_id_0> in <extra_id_1>")
    moved = renumbered(request, {Slot(0): Slot(3)})
    assert print_request(moved) == "value energy these <extra_id_3> in <extra_id_1>"


def test_groups_are_devices_where_the_answer_is_about_several() -> None:
    groupings = {
        "which energy most": Per.DEVICE,
        "list energy per day": Per.DAY,
        "value energy": None,
        "whether state every where on": Per.DEVICE,
    }
    for text, grouping in groupings.items():
        request = parse(text)
        assert isinstance(request, Query)
        assert request.grouping is grouping


class MoreStatistics(StrEnum):
    """Those of the registry, and one more."""

    LATEST = "latest"
    MEAN = "mean"
    SUM = "sum"
    RANGE = "range"


@pytest.fixture
def extended() -> QueryGrammar:
    """The grammar after a row for flicker, with a statistic that no measure had before."""
    flicker = Measure(
        key="flicker",
        noun="flicker",
        unit="%",
        scales=PERCENT,
        synonyms=("flicker",),
        statistics=frozenset((MoreStatistics.MEAN, MoreStatistics.RANGE)),  # type: ignore[arg-type]
    )
    return build_grammar({**MEASURES, "flicker": flicker}, MoreStatistics)  # type: ignore[arg-type]


def test_a_new_measure_and_statistic_are_parsed_printed_accepted_and_sampled(extended: QueryGrammar) -> None:
    text = "list flicker range where flicker above <extra_id_0> most in <extra_id_1>"
    assert not _accepts(query_automaton(), text.split())
    assert not _parses(text.split())
    request = parse(text, extended)
    assert type_fault(request, extended.measures) is None
    assert print_request(request, extended) == text.replace("where flicker", "where")
    assert _accepts(build_automaton(extended), text.split())
    rng = random.Random(3)
    drawn = [print_request(sample_request(rng, extended), extended) for _ in range(200)]
    assert any("flicker" in line for line in drawn)
    assert any("flicker range" in line for line in drawn)


def test_a_measure_without_the_new_statistic_is_refused(extended: QueryGrammar) -> None:
    fault = type_fault(parse("value voltage range", extended), extended.measures)
    assert fault is not None
    assert fault.sentence == "There is no range of voltage."


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("whether voltage where below <extra_id_0>", [(0, "bound", "voltage")]),
        (
            "value duration where power between <extra_id_0> <extra_id_1>",
            [(0, "bound", "power"), (1, "bound", "power")],
        ),
        (
            "list energy having above <extra_id_1> most limit <extra_id_0>",
            [(1, "bound", "energy"), (0, "limit", None)],
        ),
        ("which energy having above <extra_id_0> share", [(0, "share", None)]),
        ("whether voltage count where poor having above <extra_id_0>", [(0, "count", None)]),
        ("value energy times <extra_id_0>", [(0, "factor", None)]),
        ("which energy most rank <extra_id_0>", [(0, "rank", None)]),
        ("explain thd <extra_id_0>", [(0, "bound", "thd")]),
        ("control", []),
    ],
)
def test_each_number_says_what_it_counts(text: str, uses: list[tuple[int, str, str | None]]) -> None:
    assert [(use.slot, use.role, use.measure) for use in number_uses(parse(text))] == uses
