"""The closed vocabulary of answers, by what a word claims.

No other word may stand in an answer: what is not here ("because", "twice as", a name nobody has) is a claim
that cannot be checked. Words of time stand here only where they name no time by themselves.
"""

from collections.abc import Mapping

from api_service.metering.measure import Statistic


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HIGHEST = _words(
    "most highest biggest largest greatest top maximum max peak peaked peaks peaking longest latest"
)
LOWEST = _words("least lowest smallest minimum min shortest fewest earliest")
MORE = _words("more higher larger bigger greater longer later")
LESS = _words("less lower smaller fewer shorter earlier")
SAME = _words("same equal equally")
AGAINST = _words("against versus vs compared")
ROUGHLY = _words("about around roughly approximately")
RISING = _words("rose rise rises rising increased increases increasing risen up")
FALLING = _words("fell fall falls falling decreased decreases decreasing fallen down dropped")
NEGATIONS = _words("not never no none nothing neither nor nobody without")
YES, NO = "yes", "no"
UNUSUAL = _words("unusual unusually")
USUAL_WORDS = _words("usual usually normal normally typical typically")
NOW = _words("now currently present moment")
TOTALS = _words("total together overall altogether combined sum all")
SHARES = _words("share percentage accounted accounts account of")

STATISTICS: Mapping[str, frozenset[Statistic]] = {
    "average": frozenset({Statistic.MEAN}),
    "averaged": frozenset({Statistic.MEAN}),
    "averaging": frozenset({Statistic.MEAN}),
    "mean": frozenset({Statistic.MEAN}),
    "median": frozenset({Statistic.MEDIAN}),
    "95th": frozenset({Statistic.P95}),
    "percentile": frozenset({Statistic.P95}),
    "peak": frozenset({Statistic.MAX}),
    "peaked": frozenset({Statistic.MAX}),
    "peaking": frozenset({Statistic.MAX}),
    "single": frozenset({Statistic.MAX}),
    "maximum": frozenset({Statistic.MAX}),
    "max": frozenset({Statistic.MAX}),
    "minimum": frozenset({Statistic.MIN}),
    "min": frozenset({Statistic.MIN}),
    "trend": frozenset({Statistic.TREND}),
}
"""Words that say which statistic a value is."""

REQUIRED_WORDS: Mapping[Statistic, frozenset[str]] = {
    Statistic.MEAN: _words("average averaged averaging mean"),
    Statistic.MEDIAN: _words("median"),
    Statistic.P95: _words("95th percentile"),
    Statistic.MIN: LOWEST,
    Statistic.MAX: HIGHEST | _words("single"),
}
"""One of them must be said of such a value."""

_POWERS = {"reactive": "reactive_power", "apparent": "apparent_power", "factor": "power_factor"}
NOUNS: Mapping[str, frozenset[str]] = {
    "energy": frozenset({"energy"}),
    "electricity": frozenset({"energy", "cost"}),
    "consumption": frozenset({"energy", "power"}),
    "power": frozenset({"power"}),
    "load": frozenset({"power"}),
    "voltage": frozenset({"voltage"}),
    "current": frozenset({"current"}),
    "frequency": frozenset({"frequency"}),
    "thd": frozenset({"thd"}),
    "distortion": frozenset({"thd"}),
    "cost": frozenset({"cost"}),
    "costs": frozenset({"cost"}),
    "price": frozenset({"cost"}),
    "coverage": frozenset({"coverage"}),
    "switch-ons": frozenset({"switch_ons"}),
    "switched": frozenset({"switch_ons"}),
    "gap": frozenset({"gaps"}),
    "gaps": frozenset({"gaps"}),
    "missing": frozenset({"gaps"}),
    "state": frozenset({"state"}),
    "states": frozenset({"state"}),
    **{word: frozenset({key}) for word, key in _POWERS.items()},
}
"""Words that say which measure is spoken of; "power" beside one of the three others is theirs."""

KINDS_OF_POWER = frozenset(_POWERS)
NEEDS_NOUN: Mapping[str, frozenset[str]] = {
    "thd": _words("thd distortion"),
    "power_factor": _words("factor"),
    "coverage": _words("coverage cover covers covered"),
}
"""Measures whose unit does not tell them."""


PLAIN = _words(
    """
    a an the of in at by for from to with as and but while is are was were be been being has have had do
    does did that which it its they their this these there i my your our who what when on off per than
    so then also each both device devices appliance appliances group groups hour hours day days week
    weeks month months weekday kind record recorded everything except any one every always ever some
    time times site whole rest meter own draw draws drew drawn drawing use uses used using consume
    consumed consumes consuming take takes took taken reach reached reaches hit ran run runs running
    active reading readings value values came comes come lasted last lasts happened length number count
    about around roughly approximately right much many often rank first second accounted cover covers
    covered report reports reporting silent sent send list listed cluster stood stayed average differ
    differed difference ratio amount amounts amounted against standby idle lay lies beyond usage only
    kinds change within range full poor between outside such
    """
)

VOCABULARY = (
    PLAIN
    | HIGHEST
    | LOWEST
    | MORE
    | LESS
    | SAME
    | AGAINST
    | ROUGHLY
    | RISING
    | FALLING
    | NEGATIONS
    | UNUSUAL
    | USUAL_WORDS
    | NOW
    | TOTALS
    | SHARES
    | STATISTICS.keys()
    | NOUNS.keys()
    | {YES, "high", "low", "percentile", "harmonic", "real", "larger"}
)
