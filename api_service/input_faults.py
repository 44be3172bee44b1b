"""What is wrong with a request's input, place by place, in words that a person can act on."""

from collections.abc import Callable, Mapping
from typing import Any

PLACES = ("body", "query", "path", "header")
_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "extra_forbidden": lambda _: "unknown field",
    "missing": lambda _: "is missing",
    "dict_type": lambda _: "must be a JSON object; is the Content-Type application/json?",
    "model_attributes_type": lambda _: "must be a JSON object; is the Content-Type application/json?",
    "string_pattern_mismatch": lambda item: _unmatched(item["ctx"]["pattern"]),
    "json_invalid": lambda item: f"is no valid JSON: {item['ctx']['error']} at character {item['loc'][-1]}",
}


def _unmatched(pattern: str) -> str:
    if pattern.startswith(r"^[^\x00-\x1f"):
        return "must not hold line breaks, control characters or marks that turn the direction of text"
    return f"must match {pattern}"


def fault_of(item: Mapping[str, Any]) -> dict[str, str]:
    """A fault that pydantic or FastAPI has found, as `{field, reason}`."""
    location = item["loc"]
    parts = location if isinstance(location, tuple | list) else (location,)
    names = [str(part) for part in parts if part not in PLACES]
    field = "body" if item["type"] == "json_invalid" else ".".join(names) or str(parts[0])
    return {"field": field, "reason": _reason(item)}


def _reason(item: Mapping[str, Any]) -> str:
    words = _WORDS.get(item["type"])
    if words is not None:
        return words(item)
    # A text that is checked further before its length is counted in "items" by pydantic.
    if item["type"] in {"too_long", "too_short"} and isinstance(item.get("input"), str):
        is_long = item["type"] == "too_long"
        bound = item["ctx"]["max_length" if is_long else "min_length"]
        return f"must have at {'most' if is_long else 'least'} {bound} characters, not {len(item['input'])}"
    return str(item["msg"]).removeprefix("Value error, ")
