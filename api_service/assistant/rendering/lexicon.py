"""The closed vocabulary of answers, by what a word claims.

An answer may use no other words: what is not here (a device nobody knows, "twice", "because", "not") is a
claim that cannot be checked.
"""

from collections.abc import Mapping

from api_service.assistant.types import Quantity, Relation
from api_service.metering.display import unit_spellings
from api_service.metering.measure import Statistic


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HIGH = _words("most highest biggest largest greatest top first maximum max peak peaked peaks peaking")
LOW = _words("least lowest smallest minimum min")
MORE = _words("more higher larger bigger greater")
LESS = _words("less lower smaller fewer")
SAME = _words("same equal equally")
AGAINST = _words("against versus vs")

STATISTIC_WORDS: Mapping[str, Statistic | Relation] = {
    "average": Statistic.MEAN,
    "averaged": Statistic.MEAN,
    "averaging": Statistic.MEAN,
    "mean": Statistic.MEAN,
    "peak": Statistic.MAX,
    "peaks": Statistic.MAX,
    "peaked": Statistic.MAX,
    "peaking": Statistic.MAX,
    "maximum": Statistic.MAX,
    "max": Statistic.MAX,
    "minimum": Statistic.MIN,
    "min": Statistic.MIN,
    "now": Statistic.LATEST,
    "currently": Statistic.LATEST,
    "moment": Statistic.LATEST,
    "latest": Statistic.LATEST,
}
QUANTITY_NOUNS: Mapping[str, frozenset[Quantity | Relation]] = {
    "thd": frozenset({Quantity.THD}),
    "distortion": frozenset({Quantity.THD}),
    "factor": frozenset({Quantity.POWER_FACTOR}),
    "voltage": frozenset({Quantity.VOLTAGE}),
    "frequency": frozenset({Quantity.FREQUENCY}),
    "reactive": frozenset({Quantity.REACTIVE_POWER}),
    "apparent": frozenset({Quantity.APPARENT_POWER}),
    "energy": frozenset({Quantity.ENERGY, Relation.SHARE}),
    "electricity": frozenset({Quantity.ENERGY, Relation.SHARE}),
    "power": frozenset({Quantity.POWER, Relation.SHARE}),
}
"""Words that say of which quantity a sentence's values are; "current" is left out, it also means "now"."""

KINDS_OF_POWER = frozenset({"factor", "reactive", "apparent"})
"""Beside one of these, "power" is not the real power."""

EXTREME_WORDS = frozenset({"highest", "lowest"})
"""Either the extreme of one device or the first of a ranking."""

ACTIVE_WORDS = frozenset({"active", "running"})

PLAIN = _words(
    """
    a an the of in at by for from to with on as and but while is are was were be been has have had that which
    it its they their this these there i my your our know
    device devices appliance appliances consumer consumers user users one
    draw draws drew drawn drawing use uses used using pull pulls pulled pulling consume consumes consumed
    consuming consumption usage take takes took taking need needs needed account accounts accounted
    reach reached reaching ran hit go goes went through down
    power energy electricity voltage current frequency reactive apparent thd total harmonic distortion factor
    load share percent percentage reading readings value values state states status count
    right last approximately about around roughly list much many than against versus vs compared
    difference times
    """
)

VOCABULARY = PLAIN | HIGH | LOW | MORE | LESS | SAME | STATISTIC_WORDS.keys() | ACTIVE_WORDS

UNITS: Mapping[str, tuple[str, float]] = {
    **unit_spellings(),
    "times": ("times", 1.0),
    "device": ("device", 1.0),
    "devices": ("device", 1.0),
    "more": ("more", 1.0),
}
"""Written unit, lower case, to the unit of facts and the factor to it."""

_COUNTS = "no one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS: Mapping[str, int] = {word: value for value, word in enumerate(_COUNTS.split())}
"""Counts of devices in words; "no devices" is zero."""
