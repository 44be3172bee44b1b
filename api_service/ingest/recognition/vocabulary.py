"""The words of `vocabulary.toml`: names of quantities, units, phases."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_WORDS = ("day_first", "extremes", "exports", "energy_exports", "foreign", "money", "soft", "planned")
_FLOWS = ("grid", "consumed", "produced", "own_use")


@dataclass(frozen=True)
class Unit:
    """A written unit: `factor` of the base unit of `quantity`."""

    symbol: str
    quantity: str
    factor: float


@dataclass(frozen=True)
class Vocabulary:
    """Everything that columns are recognised by; names and spellings are plain (see `plain`).

    `default_units` holds the unit that a quantity's column is in when nothing else says so, `named_units`
    that of names which are known to come in another one.
    """

    quantities: Mapping[str, str]
    default_units: Mapping[str, Unit]
    named_units: Mapping[str, Unit]
    units: Mapping[str, Unit]
    phases: Mapping[str, str]
    statistics: frozenset[str]
    totals: frozenset[str]
    day_first: frozenset[str]
    extremes: frozenset[str]
    exports: frozenset[str]
    energy_exports: frozenset[str]
    foreign: frozenset[str]
    money: frozenset[str]
    soft: frozenset[str]
    planned: frozenset[str]
    flows: Mapping[str, str]

    def is_export(self, quantity: str | None, words: Set[str]) -> bool:
        """Whether these words say of a power or an energy that it is given to the grid."""
        if quantity in ("energy", "energy_counter"):
            return bool(words & (self.exports | self.energy_exports))
        return quantity == "real_power" and bool(words & self.exports)


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    raw = tomllib.loads((files(__package__) / "vocabulary.toml").read_text("utf-8"))
    units = {symbol: Unit(symbol, row["quantity"], row["factor"]) for symbol, row in raw["unit"].items()}
    spelled = {word: units[symbol] for symbol, row in raw["unit"].items() for word in row["spellings"]}
    quantities = {plain(name): key for key, row in raw["quantity"].items() for name in row["aliases"]}
    return Vocabulary(
        quantities=quantities,
        default_units={key: units[row["unit"]] for key, row in raw["quantity"].items() if "unit" in row},
        named_units={name: units[symbol] for name, symbol in raw["named_units"].items()},
        units=spelled | {"MW": units["MW"], "mW": units["mW"], "Wh": units["Wh"]},
        phases={word: phase for phase, words in raw["phases"].items() for word in words},
        statistics=frozenset(raw["words"]["statistics"]),
        totals=frozenset(raw["words"]["totals"]),
        flows={plain(word): flow for flow in _FLOWS for word in raw["words"][flow]},
        **{key: frozenset(map(plain, raw["words"][key])) for key in _WORDS},
    )


def plain(text: str) -> str:
    """A name without accents, case and punctuation, its words parted by one blank."""
    bare = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", " ", bare)
    return re.sub(r"[^\w%/]+|_+", " ", bare).strip().lower()


def unit_of(text: str) -> Unit | None:
    """The unit that a text spells; MW and mW differ by their case alone."""
    known = vocabulary().units
    stripped = text.strip()
    return known.get(stripped) or known.get(stripped.lower().removeprefix("en ").removeprefix("in "))
