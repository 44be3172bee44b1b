"""Names of columns that only their neighbours explain: the phases R, S, T; milli- or megawatts."""

import re
from collections.abc import Mapping, Sequence

from api_service.ingest.recognition.columns import LONGEST_NAME
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.vocabulary import unit_of
from shared.errors import MalformedFile

# Letters for the three lines; `s` alone would be apparent power, `v` a voltage.
_LETTERS = ("rst", "uvw")
_WORD = re.compile(r"[A-Za-z]+")
_MILLI = re.compile(r"(?<![^\W_])m[va](?![^\W_])")
_MULTIPLE = re.compile(r"[(\[]\s*([^\W\d_]{1,5})\s*[x×*/]\s*10+\s*[)\]]")
_SMALL_MW = re.compile(r"[\s_.]*(?<![^\W_])[(\[]?mw[)\]]?$")


def explained(names: Sequence[str], options: ReadOptions) -> Mapping[int, str]:
    """By place the names that are read as other ones. Raises `MalformedFile` for a unit that may be two."""
    short = [" ".join(name.split())[:LONGEST_NAME] for name in names]
    _check_multiples(short, options)
    return {**_phases(short), **_milliwatts(short, options)}


def _check_multiples(names: Sequence[str], options: ReadOptions) -> None:
    """`Power (W x1000)` may be in kilowatts or in thousandths."""
    for name in names:
        found = _MULTIPLE.search(name)
        if (
            found
            and unit_of(found[1])
            and name.lower() not in {each.strip().lower() for each in options.mapping}
        ):
            raise MalformedFile(
                f"`{name}` may be a multiple or a part of its unit: say the unit of its numbers with "
                f"--map '{name}=power[kW]', or the like."
            )


def _phases(names: Sequence[str]) -> dict[int, str]:
    """`P_R`, `P_S`, `P_T` as `P_L1`, `P_L2`, `P_L3`, where all three are there."""
    found: dict[tuple[str, str], dict[int, tuple[int, str]]] = {}
    for place, name in enumerate(names):
        for word in _WORD.finditer(name):
            for letters in _LETTERS:
                line = letters.find(word[0].lower()) if len(word[0]) == 1 else -1
                if line >= 0:
                    head, tail = name[: word.start()], name[word.end() :]
                    found.setdefault((f"{head}\0{tail}", letters), {})[line] = (
                        place,
                        f"{head}L{line + 1}{tail}",
                    )
    return {place: name for lines in found.values() if len(lines) == 3 for place, name in lines.values()}


def _milliwatts(names: Sequence[str], options: ReadOptions) -> dict[int, str]:
    """`power_mw` beside `voltage_mv` is in milliwatts; alone it may be in megawatts."""
    given = {name.strip().lower() for name in options.mapping}
    places = [
        at for at, name in enumerate(names) if _SMALL_MW.search(name) and name.strip().lower() not in given
    ]
    if places and not any(map(_MILLI.search, names)):
        name = names[places[0]]
        raise MalformedFile(
            f"`{name}` may be in milliwatts or in megawatts: say --map '{name}=power[mW]' "
            f"or --map '{name}=power[MW]'."
        )
    return {at: f"{_SMALL_MW.sub('', names[at]) or 'power'} (mW)" for at in places}
