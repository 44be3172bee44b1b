"""Columns as the user or a preset says them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.options import EVERY_OTHER, Mapped, ReadOptions
from shared.errors import MalformedFile


def check_names(names: Sequence[str], options: ReadOptions) -> None:
    """Raises `MalformedFile` where the user names a column that the file has not."""
    lowered = {name.strip().lower() for name in names}
    given = (*options.mapping, *([options.device_column] if options.device_column else []))
    for name in given:
        is_there = (
            any(fnmatchcase(each, name.strip().lower()) for each in lowered)
            or name.strip().lower() in lowered
        )
        if name not in (EVERY_OTHER, "cluster") and not is_there:
            have = ", ".join(names)[:300]
            raise MalformedFile(f"The file has no column {name!r}; it has {have}.")


def mapped(meaning: Meaning, options: ReadOptions) -> Meaning:
    """The meaning of a column, changed to what is said of it."""
    name = meaning.name.strip().lower()
    if options.device_column and name == options.device_column.strip().lower():
        return replace(meaning, quantity="device", why="as given")
    item = _item(name, options.mapping)
    if item is None and EVERY_OTHER in options.mapping and meaning.quantity in (None, "value"):
        item = options.mapping[EVERY_OTHER]
    if item is None or meaning.name == "-":
        return replace(meaning, quantity="ignored") if meaning.name == "-" else meaning
    device = meaning.device if meaning.quantity else meaning.name.strip()
    return replace(
        meaning,
        quantity=item.quantity,
        unit=item.unit,
        device=device if item.device is None else item.device,
        has_unit=item.unit is not None,
        why="as given",
    )


def _item(name: str, mapping: Mapping[str, Mapped]) -> Mapped | None:
    """What is said of a column by its own name, else by the first pattern that fits."""
    exact = {key.strip().lower(): item for key, item in mapping.items()}
    if name in exact:
        return exact[name]
    patterns = (key for key in exact if key != EVERY_OTHER and any(mark in key for mark in "*?"))
    return next((exact[key] for key in patterns if fnmatchcase(name, key)), None)
