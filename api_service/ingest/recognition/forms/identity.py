"""Which device a file's readings belong to: by a column, by the file's name or by the user."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.grid import Grid
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.vocabulary import plain, unit_of, vocabulary
from shared.errors import MalformedFile

_WORDS = """
data export exported readings reading measurements measurement log logs logger history histogram download file
output values csv txt report untitled new copy hourly daily minutely interval intervals raw sample test
tmp temp load curve upload import real active reactive apparent residential resolution
"""
_GENERIC = frozenset(_WORDS.split())
_TIME_WORDS = re.compile(r"\d+(?:s|sec|min|minutes?|h|hr|hours?|d|days?|months?)?|of|the|from|to|and")


@dataclass(frozen=True)
class Identity:
    """The places of the columns that say whose reading a line is."""

    cluster: int | None = None
    device: int | None = None
    name: int | None = None
    state: int | None = None

    @property
    def names_devices(self) -> bool:
        """Whether a column says which device a line belongs to."""
        return self.cluster is not None or self.device is not None

    def owners(self, grid: Grid) -> list[str]:
        """The device of each row of the sample, as it is written; empty texts where no column says it."""
        place = self.device if self.device is not None else self.cluster
        return [""] * len(grid.rows) if place is None else grid.texts(place)


def find_identity(meanings: Sequence[Meaning], options: ReadOptions) -> Identity:
    """The columns that name devices. Raises `MalformedFile` where a cluster comes twice."""
    found: dict[str, int] = {}
    for meaning in meanings:
        if meaning.quantity in ("cluster", "device_name", "device_state"):
            if meaning.quantity in found and meaning.quantity == "cluster":
                raise MalformedFile("The column `cluster` comes twice; keep one of them.")
            found.setdefault(meaning.quantity, meaning.place)
    given = [each for each in meanings if each.quantity == "device" and each.why == "as given"]
    devices = given or [each for each in meanings if each.quantity == "device"]
    state = found.get("device_state")
    if "cluster" in found and not given and options.device is None:
        return Identity(found["cluster"], None, found.get("device_name"), state)
    if options.device is not None:
        return Identity(state=state)
    place = devices[0].place if given else found.get("device_name", devices[0].place if devices else None)
    return Identity(None, place, None, state)


def device_of_file(stem: str) -> str:
    """A device's name from that of its file, without what says how and when it was measured; may be empty.

    `pair_1_real_w` and `pair_2_reactive_var` are both `pair`: files of one device keep its name.
    """
    words = [word for word in re.split(r"[^\w]+|_+", stem) if word]
    return " ".join(dict.fromkeys(word for word in words if not _is_generic(plain(word))))


def _is_generic(word: str) -> bool:
    known = vocabulary()
    return (
        word in _GENERIC
        or word in known.statistics
        or (len(word) > 2 and known.quantities.get(word) is not None)
        or unit_of(word) is not None
        or _TIME_WORDS.fullmatch(word) is not None
    )
