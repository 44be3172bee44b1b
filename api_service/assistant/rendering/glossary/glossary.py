"""The terms and limits of `terms.toml`, read once; pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api_service.metering.analysis.conditions import Limit

TERMS_FILE = Path(__file__).with_name("terms.toml")


@dataclass(frozen=True)
class Term:
    """A term's name, what it means, and the standards that it rests on ("" where it needs none)."""

    name: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class NormalRange:
    """What is normal for a measure at a nominal value (None: at any), in the measure's unit; with its source.

    `rule` says it as a clause, `beyond` what else should be known about values outside of it.
    """

    measure: str
    low: float
    high: float
    source: str
    rule: str
    nominal: float | None = None
    beyond: str = ""

    @property
    def limit(self) -> Limit:
        """The range as a condition on readings."""
        return Limit(self.low, self.high, closed=True)


@dataclass(frozen=True)
class Glossary:
    """All terms by key, and the ranges in their order."""

    terms: Mapping[str, Term]
    ranges: tuple[NormalRange, ...]

    def normal_ranges(self, levels: Mapping[str, float]) -> dict[str, NormalRange]:
        """For each measure the range that fits this site.

        `levels` are present values of measures; of several nominal values the one next to it holds, the first
        where nothing is known.
        """
        found: dict[str, NormalRange] = {}
        for row in self.ranges:
            best = found.get(row.measure)
            if best is None or _distance(row, levels) < _distance(best, levels):
                found[row.measure] = row
        return found


def _distance(row: NormalRange, levels: Mapping[str, float]) -> float:
    if row.nominal is None or row.measure not in levels:
        return 0.0
    return abs(row.nominal - levels[row.measure])


@lru_cache(maxsize=1)
def glossary() -> Glossary:
    """The file's content; raises `KeyError` or `TypeError` where a row lacks a field or has another one."""
    with TERMS_FILE.open("rb") as file:
        content = tomllib.load(file)
    terms = {key: Term(**row) for key, row in content["terms"].items()}
    return Glossary(terms, tuple(NormalRange(**row) for row in content["limits"]))
