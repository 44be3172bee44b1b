"""One column's name to what it holds: a quantity, its unit, the device or phase that it belongs to."""

import re
from dataclasses import dataclass, replace

from api_service.ingest.recognition.vocabulary import Unit, plain, unit_of, vocabulary
from api_service.metering.blocks import MEASURES

_BRACKETS = re.compile(r"^(.*?)\s*[\[(]\s*([^\])]*?)\s*[\])]\s*(.*)$")
# No name of a quantity has more words; a whole line with the wrong delimiter has hundreds.
_MOST_WORDS = 8
LONGEST_NAME = 200
_AFTER_COMMA = re.compile(r"^([^,]+),\s*([^\W\d_%]{1,4}(?:[·*][^\W\d_])?|%)(?:\s*\(.*)?$")
_SCALED = re.compile(r"(\d+(?:[.,]\d+)?)\s*[x×*]?\s*([^\W\d_]{1,5})")
# `P_ges/kW`: a quantity over its unit, as DIN 1313 writes it.
_OVER_UNIT = re.compile(r"^(.*[^/\s])\s*/\s*([^/\s]{1,5})$")
MEASURED = (
    "real_power",
    "reactive_power",
    "apparent_power",
    "voltage",
    "current",
    "power_factor",
    "frequency",
    "thd",
    "energy",
    "reactive_energy",
    "energy_counter",
)
# `15 min`, `1h`: the length of an interval; `1 min` may be the least of a phase.
_LENGTH = re.compile(
    r"(?<![^\W_])(?:(?:per|each|pro|par)\s+)?(?:\d+[-_]?|(?:\d\d+|[4-9])\s)"
    r"(?:s|secs?|seconds?|m|mins?|minutes?|minuten|h|hrs?|hours?)(?![^\W_])",
    re.IGNORECASE,
)
# `+A [kWh]`, `A- (kWh)`, `1.8.0 kWh`: energy taken and given, as meters of IEC 62056 write it.
_TAKEN = re.compile(r"\s*(?:\+\s?A|A\s?\+|WP\s?\+(?:\s?\d(?!\d))?|(?:\d-\d:)?1\.(?:8|29)\.\d)(?![\w+-])")
_GIVEN = re.compile(
    r"\s*(?:[-\u2212\u2013]\s?A|A\s?[-\u2212\u2013]|WP\s?[-\u2212\u2013](?:\s?\d(?!\d))?|(?:\d-\d:)?2\.(?:8|29)\.\d)(?![\w+-])"
)
_DATE_FORMAT = re.compile(r"(?=.*[dD]{1,2})(?=.*[yY]{2})(?=.*M{1,3})[dDMyYHhmsSfaztT/.\-: ,]+")


@dataclass(frozen=True)
class Meaning:
    """What a column holds. `quantity` is None where nothing says it; `device` is the rest of the name.

    `phase` is l1, l2, l3, a tariff (t1 …), neutral, between or total. `why` says what the quantity was
    recognised by; `has_unit` that the file or the user names the unit. `is_extreme`: the least or greatest
    value of an interval; `is_export`: power or energy that is given away, which counts as negative.
    """

    place: int
    name: str
    quantity: str | None = None
    unit: Unit | None = None
    device: str = ""
    phase: str = ""
    why: str = ""
    has_unit: bool = False
    is_extreme: bool = False
    is_export: bool = False

    @property
    def own(self) -> str:
        """The column of `electrical_data` whose very name this is, or nothing."""
        name = "_".join(self.name.lower().replace("-", " ").replace("_", " ").split())
        return name if name in MEASURES else ""

    @property
    def is_measured(self) -> bool:
        """Whether the column holds a quantity of the table, or an energy that one follows from."""
        return self.quantity in MEASURED


def understand(place: int, name: str, unit_text: str = "") -> Meaning:
    """What a column's name says, with the unit that stands above or below it in a units row."""
    short = _LENGTH.sub(" ", " ".join(name.split())[:LONGEST_NAME])
    short = (
        _TAKEN.sub("Energy", _GIVEN.sub("Export energy", short, count=1), count=1) if "h" in short else short
    )
    found = replace(_understood(place, short if plain(short) else name[:LONGEST_NAME], unit_text), name=name)
    known, words = vocabulary(), set(plain(short).split())
    if _is_foreign(found, words):
        return Meaning(place, name, "ignored", why="no electrical quantity by its name")
    return replace(
        found,
        is_extreme=found.is_measured and bool(words & known.extremes),
        is_export=known.is_export(found.quantity, words),
    )


def _is_foreign(found: Meaning, words: set[str]) -> bool:
    """Whether a column is named like a price or a plan, or like a temperature without an electrical unit."""
    if not (found.is_measured or found.quantity in (None, "value")):
        return False
    known = vocabulary()
    return bool(words & (known.money | known.planned)) or (not found.has_unit and bool(words & known.foreign))


def _understood(place: int, name: str, unit_text: str) -> Meaning:
    if _DATE_FORMAT.fullmatch(name.strip()):
        return Meaning(place, name, "timestamp", why="a date's format as its name")
    bare, unit, rest = _unit(name)
    unit = unit_of(unit_text) or unit
    exact = vocabulary().quantities.get(plain(name))
    if exact is not None and (unit is None or not exact_is_measured(exact)):
        named = vocabulary().named_units.get(plain(name))
        default = named or vocabulary().default_units.get(exact)
        return Meaning(place, name, exact, default, why="its name", has_unit=named is not None)
    words = plain(f"{bare} {rest}")
    found = _by_words(words)
    if unit is None:
        found, unit = _unit_word(found, words)
    meaning = replace(found, place=place, name=name, device=_as_written(found.device, f"{bare} {rest}"))
    return _with_unit(meaning, unit)


def _as_written(device: str, text: str) -> str:
    """The device's words as the file writes them."""
    words = [word for word in re.split(r"[\s_.]+", text) if word]
    chosen = [word for word in words if plain(word) and set(plain(word).split()) <= set(device.split())]
    return " ".join(chosen).strip(" -:,.") if plain(" ".join(chosen)) == device else device


def exact_is_measured(quantity: str) -> bool:
    """Whether a quantity has a unit at all."""
    return quantity in MEASURED or quantity == "value"


def _unit(name: str) -> tuple[str, Unit | None, str]:
    for pattern in (_AFTER_COMMA, _OVER_UNIT):
        match = pattern.match(name.strip())
        if match and (unit := unit_of(match[2])) and not unit_of(match[1]):
            return match[1], unit, ""
    match = _BRACKETS.match(name.strip())
    if match is None:
        return name, None, ""
    head, _, tail = match[1].strip().rpartition(" ")
    if plain(match[2]) in vocabulary().phases and (before := unit_of(tail)):
        return head, before, match[2]  # `Energy Wh (A)` names the phase A
    unit = unit_of(match[2]) or _scaled(match[2])
    return (match[1], unit, match[3]) if unit else (name, None, "")


def _scaled(text: str) -> Unit | None:
    """`0.1W`: counts of a part or of a multiple of a unit."""
    match = _SCALED.fullmatch(text.strip())
    unit = unit_of(match[2]) if match else None
    if match is None or unit is None or unit.symbol == "1":
        return None
    return Unit(f"{match[1]} {unit.symbol}", unit.quantity, unit.factor * float(match[1].replace(",", ".")))


def _unit_word(found: Meaning, words: str) -> tuple[Meaning, Unit | None]:
    """`fridge kw`, `real power w`: the last word that is no quantity's name may be a unit."""
    head, _, tail = found.device.rpartition(" ")
    unit = unit_of(tail) if tail and tail != words else None
    if unit is None or (found.quantity and not _fits(found.quantity, unit)):
        return found, None
    known = vocabulary()
    if found.quantity:
        return replace(
            found, device="" if head in known.phases else head, phase=known.phases.get(head, found.phase)
        ), unit
    again = _by_words(head)
    return (again if again.quantity else replace(found, device=head)), unit


def _fits(quantity: str, unit: Unit) -> bool:
    """Whether a unit may stand behind a quantity's name; of energy and power it says which one it is."""
    is_either = quantity in ("real_power", "energy", "energy_counter")
    return compatible(quantity, unit) or (is_either and unit.quantity in ("real_power", "energy"))


def _by_words(words: str) -> Meaning:
    """The quantity, phase and device in plain words."""
    known = vocabulary()
    tokens = [
        token for token in words.split() if token not in known.statistics | known.extremes
    ] or words.split()
    whole, phase = _lookup(tokens)
    if whole:
        return Meaning(-1, "", whole, known.named_units.get(" ".join(tokens)), phase=phase, why="its name")
    if any(token in known.totals for token in tokens):
        tokens, phase = [token for token in tokens if token not in known.totals], "total"
    quantity, rest, part = _longest(tokens)
    if quantity is None:
        return Meaning(-1, "", None, device=" ".join(words.split()))
    left, own_phase = _without_phase(rest)
    unit = next((known.named_units[token] for token in tokens if token in known.named_units), None)
    unit = (
        unit
        if unit and compatible(quantity, unit) and not set(left.split()) & set(known.named_units)
        else None
    )
    return Meaning(-1, "", quantity, unit, device=left, phase=part or own_phase or phase, why="its name")


def _without_phase(rest: list[str]) -> tuple[str, str]:
    """The words that are left as a device, and the phase among them."""
    known = vocabulary()
    left = " ".join(rest)
    if left in known.phases:
        return "", known.phases[left]
    # `Export T1` and `Fridge L2`; a letter alone is part of a name, but for words of direction.
    for place in (-1, 0) if len(rest) > 1 else ():
        others = rest[:-1] if place else rest[1:]
        is_plain = len(rest[place]) == 2 and rest[place][1].isdigit()
        if rest[place] in known.phases and (is_plain or set(others) <= known.exports | known.energy_exports):
            return " ".join(others), known.phases[rest[place]]
    return left, ""


def _longest(tokens: list[str]) -> tuple[str | None, list[str], str]:
    """The longest run of words that names a quantity, the words around it, and its phase.

    A word that only hints at energy (`consumption`) gives way to one that names a quantity.
    """
    for allows_soft in (False, True):
        for size in range(min(len(tokens), _MOST_WORDS), 0, -1):
            for first in range(len(tokens) - size + 1):
                run, rest = tokens[first : first + size], tokens[:first] + tokens[first + size :]
                found, phase = _lookup(run)
                if (
                    not _is_named(found, run, rest)
                    or (run[0] in vocabulary().soft and size == 1) > allows_soft
                ):
                    continue
                return found, rest, phase
    return None, tokens, ""


def _is_named(found: str | None, run: list[str], rest: list[str]) -> bool:
    """Whether a run of words is a quantity's name; one or two letters are, beside a phase or a unit alone."""
    if found is None or not (exact_is_measured(found) or (found == "ignored" and len(run) > 1)):
        return False
    if len(run) > 1 or len(run[0]) > 2 or not rest:
        return True
    left = " ".join(rest)
    return left in vocabulary().phases or unit_of(left) is not None


def _lookup(tokens: list[str]) -> tuple[str | None, str]:
    """The quantity that these words name, and the phase that a figure behind them numbers."""
    known = vocabulary()
    joined = " ".join(tokens)
    if found := known.quantities.get(joined):
        return found, ""
    match = (
        re.fullmatch(r"(.*[a-z])(?: ?(12|23|31|13|1|2|3)|(tot))", joined) if joined[-1:] in "123t" else None
    )
    found = known.quantities.get(match[1]) if match else None
    if match is None or found is None or not exact_is_measured(found) or found == "value":
        return None, ""
    if match[2] and len(match[2]) > 1:
        return (found, "between") if found == "voltage" else (None, "")
    return found, f"l{match[2]}" if match[2] else ""


def _with_unit(meaning: Meaning, unit: Unit | None) -> Meaning:
    quantity = meaning.quantity
    if unit is None and meaning.unit is not None:
        return replace(meaning, has_unit=True)
    if unit is None:
        default = vocabulary().default_units.get(quantity) if quantity else None
        return replace(meaning, unit=default)
    if quantity is None and unit.quantity in ("thd", "power_factor"):
        return meaning  # a percentage may be of anything
    if quantity is not None and exact_is_measured(quantity) and compatible(quantity, unit):
        return replace(meaning, unit=unit, has_unit=True)
    if quantity in (None, "value", "real_power", "energy", "energy_counter"):
        return replace(
            meaning, quantity=unit.quantity, unit=unit, has_unit=True, why=f"its unit {unit.symbol}"
        )
    return meaning


def compatible(quantity: str, unit: Unit) -> bool:
    """Whether a quantity can be written in a unit."""
    if unit.symbol in ("%", "1"):
        return quantity in ("power_factor", "thd")
    return quantity == unit.quantity or (quantity == "energy_counter" and unit.quantity == "energy")
