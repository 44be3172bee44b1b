"""The registry of measures: complete, consistent, and equal to what was written by hand before it."""

from pathlib import Path

import pytest

from api_service.metering import rollups
from api_service.metering.measures import MEASURES, MeasureKind, Statistic, measure, source_columns
from api_service.models import ElectricalData, Rollup
from api_service.scripts.write_measures import page

KEYS_OF_THE_DESIGN = [
    "power",
    "energy",
    "voltage",
    "current",
    "frequency",
    "thd",
    "power_factor",
    "reactive_power",
    "apparent_power",
    "cost",
    "on_time",
    "switch_ons",
    "coverage",
    "gaps",
    "last_seen",
    "samples",
    "state",
]


def test_measures_of_the_design_are_all_there() -> None:
    assert set(KEYS_OF_THE_DESIGN) <= set(MEASURES)


# Fixed from outside (the contract's table), so written out here.
TABLE = {
    "voltage": (0.0, 1e6),
    "current": (-1e6, 1e6),
    "real_power": (-1e7, 1e7),
    "reactive_power": (-1e7, 1e7),
    "apparent_power": (0.0, 1e7),
    "power_factor": (-1.0, 1.0),
    "frequency": (0.0, 1000.0),
    "thd": (0.0, 1000.0),
    "real_power_watt": (-1e10, 1e10),
}


def test_source_columns_are_those_of_the_table_with_their_ranges() -> None:
    assert {name: (column.low, column.high) for name, (_, column) in source_columns().items()} == TABLE
    stored = {column.name for column in ElectricalData.__table__.columns}
    assert stored - set(TABLE) == {"id", "timestamp", "cluster", "device_state", "import_number"}
    assert set(TABLE) <= stored


def test_rollup_table_has_the_columns_of_the_registry() -> None:
    stored = {column.name for column in Rollup.__table__.columns}
    assert stored == {"resolution", "cluster", "bucket", "device_state", *rollups.VALUES}


def test_page_of_measures_is_current() -> None:
    # python -m api_service.scripts.write_measures > docs/measures.md
    assert (Path(__file__).parents[2] / "docs/measures.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    ("column", "key", "raw", "in_unit"),
    [
        ("real_power_watt", "power", 842.0, 842.0),
        ("real_power", "power", 1.5, 1500.0),
        ("reactive_power", "reactive_power", 0.2, 200.0),
        ("apparent_power", "apparent_power", 2.0, 2000.0),
        ("voltage", "voltage", 230.0, 230.0),
    ],
)
def test_a_column_is_converted_to_its_measures_unit(
    column: str, key: str, raw: float, in_unit: float
) -> None:
    row, source = source_columns()[column]
    assert row.key == key
    assert raw * source.to_unit == pytest.approx(in_unit)


def test_rollup_columns_of_all_measures_are_those_that_are_kept() -> None:
    named = set()
    for row in MEASURES.values():
        kept = row.rollup
        named |= {kept.count, kept.sum, kept.weight, kept.first_at, kept.last_at}
        for extreme in (kept.minimum, kept.maximum):
            named |= {extreme.column, extreme.at} if extreme else set()
    assert named - {None} == set(rollups.VALUES)


@pytest.mark.parametrize(
    ("key", "value", "unit"),
    [
        ("power", 842.0, "W"),
        ("power", -999.9, "W"),
        ("power", -1000.0, "kW"),
        ("power", 12_000_000.0, "MW"),
        ("energy", 3410.0, "kWh"),
        ("energy", 1_250_000.0, "MWh"),
        ("current", 0.002, "A"),
        ("reactive_power", 1500.0, "kvar"),
        ("on_time", 59.0, "s"),
        ("on_time", 5400.0, "h"),
        ("on_time", 3 * 86400.0, "d"),
        ("power_factor", 0.98, ""),
    ],
)
def test_a_value_is_written_in_a_fitting_unit(key: str, value: float, unit: str) -> None:
    assert measure(key).scale_for(value).unit == unit


def test_a_moment_has_no_scale() -> None:
    with pytest.raises(ValueError, match="empty"):
        measure("last_seen").scale_for(1.0)


def test_an_amount_is_summed_over_time_and_a_level_is_not() -> None:
    for row in MEASURES.values():
        if Statistic.SUM in row.statistics:
            assert row.additive_over_time, row.key
        assert row.default_statistic in row.statistics


def test_recorded_measures_have_columns_and_derived_ones_say_where_they_come_from() -> None:
    for row in MEASURES.values():
        assert bool(row.columns) == (row.kind is MeasureKind.RECORDED), row.key
        assert set(row.derived_from) <= set(MEASURES)


def test_synonyms_hold_the_noun_and_name_no_other_measure() -> None:
    owners: dict[str, str] = {}
    for row in MEASURES.values():
        assert row.noun.lower() in row.synonyms, row.key
        for word in row.synonyms:
            assert word == word.lower()
            if word in ("how long",):  # of a run or of a condition
                continue
            assert owners.setdefault(word, row.key) == row.key, word


def test_units_are_spelled_for_one_factor_only() -> None:
    factors: dict[str, tuple[str, float]] = {}
    for row in MEASURES.values():
        for scale in row.scales:
            for spelling in scale.spellings:
                meaning = (row.unit, scale.factor)
                assert factors.setdefault(spelling, meaning) == meaning, spelling
