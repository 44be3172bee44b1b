"""The coefficients of the confidence: a versioned table in a data file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api_service.assistant.verification.certainty.features import FEATURES

TABLE_FILE = Path(__file__).with_name("table.toml")


@dataclass(frozen=True)
class Table:
    """Log-odds = `intercept` - sum over features of weight x doubt; every weight is at least 0.

    `source` says what it was fitted on, `answers` on how many of them (0: set by hand).
    """

    version: int
    source: str
    answers: int
    intercept: float
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        """Raises `ValueError` for a table that does not fit the features."""
        names = [feature.name for feature in FEATURES]
        if sorted(self.weights) != sorted(names):
            raise ValueError(f"the table's weights must be exactly those of {', '.join(names)}")
        if any(weight < 0 for weight in self.weights.values()):
            raise ValueError("a doubt never raises the confidence: weights are at least 0")


def read_table(path: Path) -> Table:
    """The table in a file; raises `ValueError` (also for broken TOML), `KeyError` for a missing entry."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    weights = {name: float(weight) for name, weight in entries["weights"].items()}
    return Table(
        int(entries["version"]),
        str(entries["source"]),
        int(entries["answers"]),
        float(entries["intercept"]),
        weights,
    )


def write_table(table: Table, path: Path) -> None:
    """Write a table so that `read_table` gives it back, to four decimals."""
    lines = [
        f"version = {table.version}",
        f'source = "{table.source}"',
        f"answers = {table.answers}",
        f"intercept = {table.intercept:.4f}",
        "",
        "[weights]",
        *(f"{feature.name} = {table.weights[feature.name]:.4f}" for feature in FEATURES),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@lru_cache(maxsize=1)
def load_table() -> Table:
    """The product's own table."""
    return read_table(TABLE_FILE)
