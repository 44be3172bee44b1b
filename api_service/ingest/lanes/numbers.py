"""One written number: decimal commas, thousands marks, signs and units as programs write them."""

import math
import re

from api_service.ingest.layout import NumberStyle
from api_service.ingest.rows import NOT_A_NUMBER, NULL_WORDS

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPED = {
    mark: re.compile(
        rf"[+-]?[1-9][0-9]{{0,2}}(?:(?:{re.escape(mark)}[0-9]{{3}})+|(?:{re.escape(mark)}[0-9]{{2}})+"
        rf"{re.escape(mark)}[0-9]{{3}})(?![0-9]).*"
    )
    for mark in ",.' "
}
"""Groups of three figures, or as in India of two before the last three: `1,00,000.5`."""
_WITH_UNIT = re.compile(
    r"([(+-]?\s*[0-9.,' ]*[0-9](?:[eE][+-]?[0-9]+)?\)?)\s*(%|[^\W\d_]{1,12}(?:[·*][^\W\d_])?)"
)
_INFINITE = frozenset({"inf", "infinity", "+inf", "-inf", "+infinity", "-infinity"})
_NULLS = frozenset(NULL_WORDS)
# Minus signs and blanks that programs write for the plain ones.
_PLAIN = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"}
)


def read_number(cell: str, style: NumberStyle) -> float:
    """The number in a cell: NaN where it is empty, `NOT_A_NUMBER` where it is something else."""
    if not cell:
        return math.nan
    if style.point == "." and (value := _plain_float(cell)) is not None:
        return value
    text = cell.translate(_PLAIN).strip()
    if text.lower() in _NULLS:
        return math.nan
    factor = 1.0
    if style.units and (split := split_unit(text)) and (known := _unit(split[1], style)) is not None:
        text, factor = split[0], known
    return factor * _read_bare(_signed(text), style)


def split_unit(text: str) -> tuple[str, str] | None:
    """A number and the word behind it: `1.2 kW`."""
    if text[-1:].isdigit():
        return None  # nearly every cell
    match = _WITH_UNIT.fullmatch(text)
    return (match[1].strip(), match[2]) if match else None


def _unit(word: str, style: NumberStyle) -> float | None:
    return style.units.get(word, style.units.get(word.lower()))


def _signed(text: str) -> str:
    """`(5)` and `5-`, as ledgers write them, with the sign in front."""
    if text.startswith("(") and text.endswith(")"):
        return f"-{text[1:-1].strip()}"
    if text.endswith("-") and text[:1].isdigit():
        return f"-{text[:-1].strip()}"
    return text


def _read_bare(text: str, style: NumberStyle) -> float:
    # Blanks and apostrophes are never decimal marks.
    for mark in (style.thousands, " ", "'"):
        if mark and mark in text and _GROUPED[mark].fullmatch(text):
            text = text.replace(mark, "")
    if style.point == ",":
        # A point among decimal commas groups thousands, or is a decimal after all: nobody can tell.
        text = "?" if "." in text else text.replace(",", ".")
    if _NUMBER.fullmatch(text):
        value = float(text)
        return math.inf if math.isinf(value) else value
    return math.inf if text.lower() in _INFINITE else NOT_A_NUMBER


def _plain_float(cell: str) -> float | None:
    """The quick way for what nearly every cell is; None leaves it to the rules."""
    try:
        value = float(cell)
    except ValueError:
        return None
    # Python also reads 1_000 and digits of other scripts.
    return value if math.isfinite(value) and cell.isascii() and "_" not in cell else None
