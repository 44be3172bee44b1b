"""The registry of measures: one frozen row says everything about a quantity; pure.

Units, validation ranges, rollup columns, formats, nouns and enumerations are derived from these rows, so a
new measure is one row here (and its columns in a migration). Relations of results (share, ratio, difference)
are no measures: they belong to a query.
"""

from collections.abc import Mapping
from types import MappingProxyType

from api_service.metering.measure import (
    COUNTED,
    DURATION,
    PERCENT,
    Extreme,
    Measure,
    MeasureKind,
    RollupColumns,
    Scale,
    SourceColumn,
    Statistic,
    kilo,
)
from api_service.metering.units import WATTS_PER_KILOWATT

__all__ = ["MEASURES", "Measure", "MeasureKind", "Scale", "Statistic", "measure", "plotted", "source_columns"]

_S = Statistic
_AMOUNT = frozenset((_S.SUM, _S.MEAN, _S.MIN, _S.MAX, _S.MEDIAN, _S.TREND))
_RUN = _AMOUNT | {_S.LATEST}

_ROWS = (
    Measure(
        key="power",
        noun="power",
        unit="W",
        scales=(
            *kilo("W", ("w", "watt", "watts"), ("kw", "kilowatt", "kilowatts")),
            Scale("MW", 1e6, 1e7, 2, 1, ("megawatt", "megawatts")),
        ),
        synonyms=("power", "real power", "active power", "load", "draw", "demand", "wattage", "watts", "kw"),
        columns=(
            SourceColumn("real_power_watt", 1.0, -1e10, 1e10),
            SourceColumn("real_power", WATTS_PER_KILOWATT, -1e7, 1e7),
        ),
        additive_over_devices=True,
        rollup=RollupColumns(
            count="power_n",
            sum="power_sum_w",
            minimum=Extreme("power_min_w", "power_min_at"),
            maximum=Extreme("power_max_w", "power_max_at"),
        ),
    ),
    Measure(
        key="energy",
        noun="energy",
        unit="Wh",
        kind=MeasureKind.DERIVED,
        scales=(
            *kilo("Wh", ("wh", "watt hours", "watt-hours"), ("kwh", "kilowatt hours", "kilowatt-hours")),
            Scale("MWh", 1e6, 1e6, 2, 2, ("mwh", "megawatt hours", "megawatt-hours")),
        ),
        statistics=_AMOUNT,
        default_statistic=_S.SUM,
        synonyms=("energy", "electricity", "consumption", "usage", "use", "kwh", "juice", "units"),
        derived_from=("power",),
        additive_over_devices=True,
        additive_over_time=True,
        rollup=RollupColumns(sum="energy_wh"),
    ),
    Measure(
        key="voltage",
        noun="voltage",
        unit="V",
        scales=(
            Scale("V", 1.0, 0.0, 1, 1, ("v", "volt", "volts")),
            Scale("kV", 1e3, 1e4, 2, 2, ("kv", "kilovolt", "kilovolts")),
        ),
        synonyms=("voltage", "mains voltage", "line voltage", "volts", "volt", "potential"),
        has_limits=True,
        columns=(SourceColumn("voltage", 1.0, 0.0, 1e6),),
        rollup=RollupColumns(
            count="voltage_n",
            sum="voltage_sum_v",
            minimum=Extreme("voltage_min_v"),
            maximum=Extreme("voltage_max_v"),
        ),
    ),
    Measure(
        key="current",
        noun="current",
        unit="A",
        scales=(
            Scale("A", 1.0, 0.0, 2, 1, ("a", "amp", "amps", "ampere", "amperes")),
            Scale("mA", 1e-3, float("inf"), 0, 0, ("ma", "milliamp", "milliamps")),
        ),
        synonyms=("current", "amps", "amperage", "amperes"),
        columns=(SourceColumn("current", 1.0, -1e6, 1e6),),
        rollup=RollupColumns(count="current_n", sum="current_sum_a", maximum=Extreme("current_max_a")),
    ),
    Measure(
        key="frequency",
        noun="frequency",
        unit="Hz",
        scales=(Scale("Hz", 1.0, 0.0, 2, 2, ("hz", "hertz")),),
        synonyms=("frequency", "grid frequency", "mains frequency", "line frequency", "hertz", "hz"),
        has_limits=True,
        columns=(SourceColumn("frequency", 1.0, 0.0, 1000.0),),
        rollup=RollupColumns(
            count="frequency_n",
            sum="frequency_sum_hz",
            minimum=Extreme("frequency_min_hz"),
            maximum=Extreme("frequency_max_hz"),
        ),
    ),
    Measure(
        key="thd",
        noun="THD",
        unit="%",
        scales=PERCENT,
        synonyms=("thd", "total harmonic distortion", "harmonic distortion", "distortion", "harmonics"),
        has_limits=True,
        columns=(SourceColumn("thd", 1.0, 0.0, 1000.0),),
        rollup=RollupColumns(
            count="thd_n", sum="thd_sum_percent", maximum=Extreme("thd_max_percent", "thd_max_at")
        ),
    ),
    # Over a window ΣP/ΣS of the readings that carry both; its own column counts for single readings.
    Measure(
        key="power_factor",
        noun="power factor",
        unit="",
        scales=(Scale("", 1.0, 0.0, 2, 2),),
        synonyms=("power factor", "pf", "cos phi", "cosphi", "cosine phi"),
        has_limits=True,
        columns=(SourceColumn("power_factor", 1.0, -1.0, 1.0),),
        derived_from=("power", "apparent_power"),
        rollup=RollupColumns(sum="pf_real_sum_w", weight="pf_apparent_sum_va"),
    ),
    Measure(
        key="reactive_power",
        noun="reactive power",
        unit="var",
        scales=kilo("var", ("var", "vars"), ("kvar", "kilovar", "kvars")),
        synonyms=("reactive power", "reactive load", "reactive", "vars", "kvar", "blind power"),
        columns=(SourceColumn("reactive_power", WATTS_PER_KILOWATT, -1e7, 1e7),),
        additive_over_devices=True,
        rollup=RollupColumns(count="reactive_n", sum="reactive_sum_var"),
    ),
    # The arithmetic sum over devices, as in the contract's power factor.
    Measure(
        key="apparent_power",
        noun="apparent power",
        unit="VA",
        scales=kilo("VA", ("va", "volt amps", "volt-amperes"), ("kva", "kilovolt amps")),
        synonyms=("apparent power", "apparent load", "apparent", "va", "kva"),
        columns=(SourceColumn("apparent_power", WATTS_PER_KILOWATT, 0.0, 1e7),),
        additive_over_devices=True,
        rollup=RollupColumns(count="apparent_n", sum="apparent_sum_va"),
    ),
    Measure(
        key="cost",
        noun="cost",
        unit="¤",
        kind=MeasureKind.DERIVED,
        scales=(Scale("¤", 1.0, 0.0, 2, 2, ("€", "$", "£", "euro", "euros", "dollars", "pounds", "quid")),),
        statistics=_AMOUNT,
        default_statistic=_S.SUM,
        synonyms=("cost", "costs", "price", "bill", "money", "expense", "spend", "spending"),
        derived_from=("energy",),
        additive_over_devices=True,
        additive_over_time=True,
    ),
    # Without a period, statistics run over the runs: the longest run, the mean run, the latest run.
    Measure(
        key="on_time",
        noun="time on",
        unit="s",
        kind=MeasureKind.DERIVED,
        scales=DURATION,
        statistics=_RUN,
        default_statistic=_S.SUM,
        synonyms=("time on", "on time", "run time", "running time", "runtime", "operating hours", "how long"),
        derived_from=("state", "power"),
        additive_over_time=True,
    ),
    Measure(
        key="switch_ons",
        noun="switch-ons",
        unit="",
        kind=MeasureKind.DERIVED,
        scales=COUNTED,
        statistics=_AMOUNT,
        default_statistic=_S.SUM,
        synonyms=("switch-ons", "starts", "runs", "cycles", "activations", "how often", "how many times"),
        derived_from=("state", "power"),
        additive_over_devices=True,
        additive_over_time=True,
    ),
    # The time in which the conditions of a query hold: "how long was the voltage below 210 V".
    Measure(
        key="duration",
        noun="time",
        unit="s",
        kind=MeasureKind.DERIVED,
        scales=DURATION,
        statistics=_RUN,
        default_statistic=_S.SUM,
        synonyms=("time", "duration", "length", "how long", "for how long"),
        additive_over_time=True,
        rollup=RollupColumns(sum="covered_s"),
    ),
    # The covered part of a window; `covered_s` over its length.
    Measure(
        key="coverage",
        noun="coverage",
        unit="%",
        kind=MeasureKind.DERIVED,
        scales=PERCENT,
        statistics=frozenset((_S.MEAN,)),
        synonyms=("coverage", "completeness", "data quality", "covered"),
        rollup=RollupColumns(sum="covered_s"),
    ),
    # Their lengths; COUNT is how many there are.
    Measure(
        key="gaps",
        noun="gaps",
        unit="s",
        kind=MeasureKind.DERIVED,
        scales=DURATION,
        statistics=frozenset((_S.COUNT, _S.SUM, _S.MEAN, _S.MIN, _S.MAX, _S.LATEST)),
        default_statistic=_S.COUNT,
        synonyms=(
            "gaps",
            "gap",
            "outage",
            "outages",
            "missing data",
            "missing readings",
            "dropouts",
            "holes",
        ),
        additive_over_time=True,
    ),
    Measure(
        key="last_seen",
        noun="last reading",
        unit="timestamp",
        kind=MeasureKind.DERIVED,
        scales=(),
        statistics=frozenset((_S.LATEST, _S.FIRST)),
        default_statistic=_S.LATEST,
        synonyms=(
            "last seen",
            "last reading",
            "last heard",
            "last update",
            "last report",
            "offline",
            "online",
        ),
        rollup=RollupColumns(first_at="first_at", last_at="last_at"),
    ),
    Measure(
        key="samples",
        noun="readings",
        unit="",
        kind=MeasureKind.DERIVED,
        scales=COUNTED,
        statistics=_AMOUNT,
        default_statistic=_S.SUM,
        synonyms=("readings", "samples", "data points", "measurements", "records", "rows"),
        additive_over_devices=True,
        additive_over_time=True,
        rollup=RollupColumns(count="n", sum="n"),
    ),
    Measure(
        key="state",
        noun="state",
        unit="state",
        kind=MeasureKind.TEXT,
        scales=(),
        statistics=frozenset((_S.LATEST, _S.FIRST, _S.LAST, _S.COUNT)),
        default_statistic=_S.LATEST,
        synonyms=("state", "status", "mode", "condition", "on", "off", "running", "active", "idle"),
    ),
)

MEASURES: Mapping[str, Measure] = MappingProxyType({row.key: row for row in _ROWS})
"""Every measure by its key, in the order of the documentation."""


def measure(key: str) -> Measure:
    """The row of `key`; raises `KeyError` for an unknown one."""
    return MEASURES[key]


def source_columns() -> dict[str, tuple[Measure, SourceColumn]]:
    """Every numeric column of `electrical_data` with its measure and its range."""
    return {column.name: (row, column) for row in MEASURES.values() for column in row.columns}


def plotted() -> tuple[str, ...]:
    """The keys of the measures that a series can show: the recorded ones and the energy."""
    return tuple(key for key, row in MEASURES.items() if row.columns or key == "energy")
