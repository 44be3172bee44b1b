"""The factor from a column's numbers to the table's unit: by its unit, else by what the values say."""

from dataclasses import dataclass

import numpy as np

from api_service.ingest.layout import COUNTER, Combine, FieldPlan
from api_service.ingest.layout import Column as PlanColumn
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.groups import Group
from api_service.metering.blocks import FloatArray
from api_service.metering.units import SECONDS_PER_HOUR

SECOND_US = 1_000_000
# Voltages of mains between line and neutral or lines, with what meters may stray.
_LEAST_MAINS_V, _MOST_MAINS_V = 90.0, 480.0
# Beyond these a unit that nothing names is doubted: a household's typical power, an appliance's largest.
IMPLAUSIBLE_W, TINY_W = 30_000.0, 20.0
# Of an export's numbers so many are negative where its sign is written: the rest is noise around 0.
SIGNED_SHARE = 0.9
_AVERAGED = ("voltage", "power_factor", "frequency", "thd")
# From the base unit of the vocabulary (W, var, VA, ...) to that of the table's column.
_FIELDS = {
    "real_power": ("real_power_watt", 1.0),
    "real_power_watt": ("real_power_watt", 1.0),
    "reactive_power": ("reactive_power", 0.001),
    "apparent_power": ("apparent_power", 0.001),
    "voltage": ("voltage", 1.0),
    "current": ("current", 1.0),
    "power_factor": ("power_factor", 1.0),
    "frequency": ("frequency", 1.0),
    "thd": ("thd", 1.0),
    "energy": ("real_power_watt", 1.0),
    "reactive_energy": ("reactive_power", 0.001),
    "energy_counter": (COUNTER, 1.0),
}
# Of the table's own names the unit is known: kW, kvar and kVA.
_OWN_KILO = ("real_power", "reactive_power", "apparent_power")
_POWERS = ("real_power", "real_power_watt", "reactive_power", "apparent_power")


@dataclass(frozen=True)
class Scaling:
    """What factors depend on: the sample, its decimals, the interval, and whose names these are."""

    grid: Grid
    decimals: Decimals
    interval_us: int
    is_own_table: bool

    def values(self, meaning: Meaning) -> FloatArray:
        """The sample's numbers of a column."""
        return self.grid.numbers(meaning.place, self.decimals)


def field_plans(group: Group, scaling: Scaling) -> tuple[dict[str, FieldPlan], list[str]]:
    """Where each field of one device comes from, and what the values say about its units."""
    plans, notes = {}, _swapped(group, scaling)
    product = _volt_amperes(group, scaling)
    for quantity, meanings in group.columns.items():
        field, factor = field_and_factor(quantity, meanings[0], scaling)
        if quantity in _POWERS:
            vote, note = _power_vote(
                meanings, factor if field == "real_power_watt" else factor * 1000, product, scaling
            )
        else:
            vote, note = _share_vote(quantity, meanings, scaling)
        note = note or (_doubted(meanings, factor, scaling) if field == "real_power_watt" else "")
        notes += [note] if note else []
        combine = Combine.MEAN if quantity in _AVERAGED else Combine.SUM
        signed = [factor * vote * sign_of(each, scaling.values(each)) for each in meanings]
        columns = (PlanColumn(each.place, scale) for each, scale in zip(meanings, signed, strict=True))
        plans[field] = FieldPlan(tuple(columns), combine)
    return plans, notes


def sign_of(meaning: Meaning, numbers: FloatArray) -> int:
    """-1 for an export that is written without its sign: what is given away is negative."""
    given = numbers[np.isfinite(numbers) & (numbers != 0)]
    is_written = len(given) > 0 and np.count_nonzero(given < 0) >= SIGNED_SHARE * len(given)
    return -1 if meaning.is_export and not is_written else 1


def field_and_factor(quantity: str, meaning: Meaning, scaling: Scaling) -> tuple[str, float]:
    """The table's field, and the factor from the written number to its unit."""
    is_own = meaning.own and not meaning.has_unit and (scaling.is_own_table or meaning.own == "real_power")
    if is_own and meaning.own in (*_OWN_KILO, "real_power_watt"):
        return meaning.own, 1.0
    field, to_table = _FIELDS[quantity]
    factor = meaning.unit.factor if meaning.unit else 1.0
    if meaning.unit and meaning.unit.symbol == "%" and quantity == "power_factor":
        factor = 0.01
    if meaning.unit and meaning.unit.symbol == "1" and quantity == "thd":
        factor = 100.0
    if quantity in ("energy", "reactive_energy"):
        factor *= SECONDS_PER_HOUR * SECOND_US / scaling.interval_us
    return field, factor * to_table


def _swapped(group: Group, scaling: Scaling) -> list[str]:
    """A doubt where voltage and current look like each other: amperes at a mains voltage that never stray."""
    if "voltage" not in group.columns or "current" not in group.columns:
        return []
    voltage, current = group.columns["voltage"][0], group.columns["current"][0]
    volts, amperes = (_median(scaling.values(each) * _unit(each)) for each in (voltage, current))
    if not volts < _LEAST_MAINS_V <= amperes <= _MOST_MAINS_V:
        return []
    names = f"`{voltage.name}` and `{current.name}`"
    return [f"{names} look swapped: {volts:.3g} V at {amperes:.3g} A"]


def _volt_amperes(group: Group, scaling: Scaling) -> FloatArray | None:
    """Voltage times current of the sample, in VA; None without both."""
    if "voltage" not in group.columns or "current" not in group.columns:
        return None
    volts = np.mean([scaling.values(each) * _unit(each) for each in group.columns["voltage"]], axis=0)
    amperes = np.sum([scaling.values(each) * _unit(each) for each in group.columns["current"]], axis=0)
    product: FloatArray = volts * np.abs(amperes)
    return product


def _unit(meaning: Meaning) -> float:
    return meaning.unit.factor if meaning.unit else 1.0


def _power_vote(
    meanings: tuple[Meaning, ...], watts: float, product: FloatArray | None, scaling: Scaling
) -> tuple[float, str]:
    """What a power must be multiplied by to agree with voltage times current, where it is off by a thousand.

    A unit that the file or the table's own name gives is never changed, only doubted.
    """
    if product is None:
        return 1.0, ""
    power = np.abs(np.sum([scaling.values(each) for each in meanings], axis=0)) * watts
    ratio = _median(power[product > 10] / product[product > 10])
    factor = 1000.0 if 3e-4 < ratio < 3e-3 else 0.001 if 300 < ratio < 3000 else 1.0
    if factor == 1.0:
        return 1.0, ""
    name = meanings[0].name
    what = f"`{name}` is {ratio:.3g} × voltage times current"
    if meanings[0].has_unit or scaling.is_own_table or meanings[0].own:
        return 1.0, f"{what}: is its unit {'1000 times larger' if factor > 1 else '1000 times smaller'}?"
    return factor, f"{what}: read as {'1000 times larger' if factor > 1 else '1000 times smaller'}"


def _doubted(meanings: tuple[Meaning, ...], watts: float, scaling: Scaling) -> str:
    """A doubt where nothing names the unit, and the powers are those of no household, or of no appliance."""
    first = meanings[0]
    if first.has_unit or first.own or first.why == "as given" or first.unit is None:
        return ""
    power = np.abs(np.concatenate([scaling.values(each) for each in meanings])) * watts
    typical, largest = _median(power[power > 0]), np.nanmax(power, initial=0.0)
    unit = {"energy": "Wh"}.get(first.quantity or "", "W") if typical > IMPLAUSIBLE_W else "kW"
    if not typical > IMPLAUSIBLE_W and not (first.quantity == "real_power" and 0 < largest < TINY_W):
        return ""
    return (
        f"`{first.name}` is read in {first.unit.symbol}, as nothing names its unit: {typical:.3g} W or so. "
        f"If that cannot be, say --map '{first.name}={first.quantity}[{unit}]'"
    )


def _share_vote(quantity: str, meanings: tuple[Meaning, ...], scaling: Scaling) -> tuple[float, str]:
    """Percent or fraction, by the values, where nothing says it."""
    meaning = meanings[0]
    if quantity != "power_factor" or meaning.has_unit:
        return 1.0, ""
    values = np.abs(scaling.values(meaning))
    if 1.5 < _median(values[values > 0]) <= 100:
        return 0.01, f"`{meaning.name}` is a power factor in percent, by its values"
    return 1.0, ""


def _median(values: FloatArray) -> float:
    found = values[~np.isnan(values)]
    return float(np.median(found)) if len(found) else float("nan")
