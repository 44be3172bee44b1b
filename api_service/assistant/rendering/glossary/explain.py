"""The answer to "what is THD" and "is 12 % THD bad", from the glossary; pure."""

from collections.abc import Mapping

from api_service.assistant.rendering.glossary.glossary import NormalRange, Term, glossary
from api_service.metering.display import scaled_value
from api_service.metering.measures import MEASURES


def explanation_of(term: str) -> str:
    """What a term means, with its source. Raises `KeyError` for a term that the glossary does not have."""
    return _with_source(glossary().terms[term])


def judgement_of(term: str, value: float, ranges: Mapping[str, NormalRange]) -> str:
    """Whether `value`, in the measure's unit, is within its normal range, and where the range comes from.

    Raises `KeyError` for a measure without a range.
    """
    found, written = ranges[term], _written(term, value)
    verdict = "fine" if found.limit.holds_for(value) else "low" if value < found.low else "high"
    span = f"from {_written(term, found.low)} to {_written(term, found.high)}"
    what = f"{written} for the {MEASURES[term].noun}"
    place = f"it is within the usual range, {span}" if verdict == "fine" else f"usual is {span}"
    sentences = [f"{what} is {'fine' if verdict == 'fine' else f'too {verdict}'}: {place}."]
    sentences.append(f"By {found.source}, {found.rule}.")
    return " ".join([*sentences, found.beyond]).strip()


def _with_source(term: Term) -> str:
    return f"{term.text} (Source: {term.source}.)" if term.source else term.text


def _written(measure: str, value: float) -> str:
    number, unit = scaled_value(measure, value)
    return f"{number:g} {unit}".strip()
