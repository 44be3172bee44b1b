"""The names of a catalog, whole and in parts, with the synonyms that people use for them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from api_service.assistant.entities.appliances import group_of
from api_service.assistant.text.spelling import MIN_LENGTH, allowed_edits, nearest
from api_service.assistant.text.vocabulary import KNOWN
from api_service.assistant.text.words import Word, compact, fold, split
from api_service.assistant.types import DeviceRef

# Modes of a device that are words of its name too: "the heating", "washing machine".
MODES = frozenset(
    {"heating", "cooling", "charging", "washing", "drying", "lighting", "ventilation", "solar", "water"}
)
# Words that alone are not enough of a name.
_VAGUE = frozenset({"room", "wall", "point", "box", "rack", "tank", "node", "living"})
MAX_NAME_WORDS = 6
_MIN_FUZZY_PART = 5
_PENALTY_PER_EDIT = 3.0


@dataclass(frozen=True)
class Match:
    """What a stretch of words may name. `score` orders overlapping matches; several devices: ambiguous.

    `whole` is true when it is a device's own, entire name and not a part of it or a synonym.
    """

    devices: tuple[DeviceRef, ...]
    score: float
    certainty: float
    whole: bool


class NameIndex:
    """Finds the devices that words may name. `written` holds all names, folded, the longest first."""

    def __init__(self, catalog: Sequence[DeviceRef]) -> None:
        written: defaultdict[str, list[DeviceRef]] = defaultdict(list)
        for device in catalog:
            written[fold(device.name).strip()].append(device)
        self.written = {name: tuple(written[name]) for name in sorted(written, key=len, reverse=True) if name}
        self._name_words: set[str] = set()
        own: defaultdict[str, list[DeviceRef]] = defaultdict(list)
        alias: defaultdict[str, list[DeviceRef]] = defaultdict(list)
        part: defaultdict[str, list[DeviceRef]] = defaultdict(list)
        for device in catalog:
            words = [word.text for word in split(device.name)][:MAX_NAME_WORDS]
            if not words or is_common_word(words):
                continue  # a device called "Total" is found by `entities` where it is written like a name
            self._name_words.update(words)
            _add(own, compact(words), device)
            for piece in _pieces(words):
                _add(part, compact(piece), device)
            for other, synonym in _aliases(words):
                _add(alias, compact(other), device)
                _add(part, compact(synonym), device)
        self._tables: tuple[tuple[Mapping[str, list[DeviceRef]], float, float], ...] = (
            (own, 0.0, 1.0),
            (alias, 0.5, 0.97),
            (part, 1.0, 0.93),
        )

    def match(self, words: Sequence[Word]) -> Match | None:
        """The best reading of all of `words` as a name: exact, plural, part or synonym, then with slips."""
        texts = [word.text for word in words]
        if all(text in KNOWN or text.isdecimal() for text in texts):
            return self._exact(compact(texts), 0, tables=2) if len(texts) > 1 else None
        for ending in ("", "s", "es"):
            key = compact(texts)
            if key.endswith(ending) and (found := self._exact(key[: len(key) - len(ending)], len(ending))):
                return found
        return self._with_slips(texts)

    def _exact(self, key: str, plural: int, tables: int = 3) -> Match | None:
        for rank, (table, malus, certainty) in enumerate(self._tables[:tables]):
            if devices := table.get(key):
                score = len(key) + plural - malus - 0.1 * bool(plural)
                return Match(tuple(devices), score, certainty, whole=rank == 0)
        return None

    def _with_slips(self, texts: Sequence[str]) -> Match | None:
        key = compact(texts)
        limit = 1 if len(key) == MIN_LENGTH - 1 else allowed_edits(len(key))
        if limit == 0 or any(text in KNOWN and text not in self._name_words for text in texts):
            return None
        for rank, (table, malus, certainty) in enumerate(self._tables):
            if rank == 2 and len(key) < _MIN_FUZZY_PART:
                continue
            best = process.extractOne(key, table.keys(), scorer=OSA.distance, score_cutoff=limit)
            if best is None or not _forgivable(key, str(best[0]), int(best[1])):
                continue
            edits = int(best[1])
            if len(texts) == 1 and (word := nearest(key)) is not None and word[1] < edits:
                continue
            score = len(key) - malus - _PENALTY_PER_EDIT * edits
            return Match(tuple(table[best[0]]), score, certainty - 0.05 * edits, whole=False)
        return None


@lru_cache(maxsize=64)
def index_of(catalog: tuple[DeviceRef, ...]) -> NameIndex:
    """The index of a catalog, kept while the catalog stays the same."""
    return NameIndex(catalog)


def is_common_word(words: Sequence[str]) -> bool:
    """Whether a name is made of question words alone, so that it must not match wherever they occur."""
    return all(word in KNOWN for word in words) and (len(words) == 1 or MODES.isdisjoint(words))


def _add(table: defaultdict[str, list[DeviceRef]], key: str, device: DeviceRef) -> None:
    if device not in table[key]:
        table[key].append(device)


def _forgivable(key: str, name: str, edits: int) -> bool:
    """Whether the slips are few for the shorter of both, and not in digits: 1 and 2 are different devices."""
    if len(key) == MIN_LENGTH - 1:  # of "oven" only a letter may be left out: "ovn"
        rest = iter(name)
        return len(name) == MIN_LENGTH and key[0] == name[0] and all(letter in rest for letter in key)
    if min(len(key), len(name)) < MIN_LENGTH or edits > allowed_edits(min(len(key), len(name))):
        return False
    digits = [character for character in key if character.isdigit()]
    return digits == [character for character in name if character.isdigit()]


def _aliases(words: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The name with each known appliance in it replaced by its synonyms; and those synonyms."""
    for first in range(len(words)):
        for last in range(len(words), first, -1):
            phrase = " ".join(words[first:last])
            group = group_of(phrase)
            if len(group) == 1:
                group = group_of(phrase.removesuffix("s"))
            for synonym in group:
                if len(group) > 1 and synonym != phrase:
                    replaced = synonym.split()
                    yield [*words[:first], *replaced, *words[last:]], replaced


def _pieces(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Every stretch of a name, shorter than the whole, that holds a word of its own."""
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            piece = words[first:last]
            own = [word for word in piece if len(word) > 1 and word not in KNOWN and word.isalpha()]
            telling = (
                len(own) > 1
                or any(word not in _VAGUE for word in own)
                or (own and sum(word.isalpha() for word in piece) > 1)
            )
            if last - first < len(words) and telling:
                yield piece
