"""The questions of `question_templates.toml`, and one reading of each."""

import random
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Asked = Mapping[str, Mapping[str, tuple[str, ...]]]

# The two ends of a ranking; their words stand in capitals in the templates.
ENDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "most": {
        "MOST": ("most",),
        "HIGHEST": ("highest", "largest", "worst"),
        "BIGGEST": ("biggest", "largest", "worst"),
        "TOP": ("top",),
    },
    "least": {
        "MOST": ("least",),
        "HIGHEST": ("lowest", "smallest", "best"),
        "BIGGEST": ("smallest",),
        "TOP": ("bottom", "last"),
    },
}


def _read() -> dict[str, Any]:
    with (Path(__file__).parent / "question_templates.toml").open("rb") as file:
        return tomllib.load(file)


_FILE = _read()
POLITE: tuple[str, ...] = tuple(_FILE["polite"])
"""Wraps of a plain question."""
ASKED: Asked = {
    asked: {style: tuple(templates) for style, templates in by_style.items()}
    for asked, by_style in _FILE["asked"].items()
}
"""Templates by type of question and style."""


def expand(template: str, rng: random.Random) -> str:
    """One reading of the alternatives in brackets."""
    while True:
        chosen = re.sub(r"\[([^\[\]]*)\]", lambda match: rng.choice(match[1].split("|")), template)
        if chosen == template:
            return " ".join(chosen.split())
        template = chosen


def at_end(template: str, order: str, rng: random.Random) -> str:
    """The template of a ranking with the words for its end."""
    for word, choices in ENDS[order].items():
        template = re.sub(rf"\b{word}\b", rng.choice(choices), template)
    return template
