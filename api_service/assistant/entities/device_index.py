"""The names of a catalogue by their concepts: a mention's candidates are looked up and not searched."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from api_service.assistant.entities.catalog import Catalog
from api_service.assistant.entities.concepts import concepts_of, lexicon
from api_service.assistant.text.spelling import MIN_LENGTH, allowed_edits
from api_service.assistant.text.tokens import Token, tokenize
from api_service.assistant.text.vocabulary import KNOWN
from api_service.assistant.types import DeviceRef

MAX_NAME_CONCEPTS = 8
_MIN_INITIALS = 3
_ARTICLES = frozenset({"the", "in", "of", "at", "on", "and", "for"})
_THINGS = frozenset(
    """meter plug socket device machine unit circuit line channel sensor box house home building flat
    apartment floor room grid mains phase""".split()  # noqa: SIM905
)
_OTHERS = frozenset({"rest", "other", "others", "remainder", "unmetered", "everything"})


@dataclass(frozen=True, slots=True)
class CatalogName:
    """One name of a device, or of a group (then `devices` are its members), as concepts."""

    text: str
    concepts: tuple[str, ...]
    devices: tuple[DeviceRef, ...]
    is_group: bool = False


class DeviceIndex:
    """Looks up names by concepts. Built once for a catalogue: about 20 µs a name."""

    def __init__(self, catalog: Catalog) -> None:
        self.names: list[CatalogName] = list(_names(catalog))
        self._group_names = [name for name in self.names if name.is_group]
        self.by_cluster = {str(device.ref.cluster): device.ref for device in catalog.devices}
        self._by_concept: defaultdict[str, set[int]] = defaultdict(set)
        self._whole: defaultdict[frozenset[str], set[int]] = defaultdict(set)
        for number, name in enumerate(self.names):
            self._whole[frozenset(name.concepts)].add(number)
            for concept in {*name.concepts, *_distinctive_words(name)}:
                self._by_concept[concept].add(number)
        words = {key for key in self._by_concept if key.isalpha() and len(key) >= MIN_LENGTH}
        spelled = {
            word for name, key in lexicon().items() if key in self._by_concept for word in name.split()
        }
        parts = {word for key in self._by_concept for word in key.split()}
        self._spellings = tuple(sorted(word for word in words | spelled | parts if len(word) >= MIN_LENGTH))

    def has_group_with(self, concepts: Sequence[str]) -> bool:
        """Whether a group's name holds all of these concepts."""
        return any(name.is_group and set(concepts) <= set(name.concepts) for name in self._group_names)

    def knows(self, concept: str) -> bool:
        """Whether any name holds the concept."""
        return concept in self._by_concept

    def concepts(self, text: str) -> tuple[str, ...]:
        """The concepts of some words."""
        return concepts_in(tokenize(text))

    def whole(self, concepts: Iterable[str]) -> list[CatalogName]:
        """The names that consist of just these concepts."""
        return [self.names[number] for number in sorted(self._whole.get(frozenset(concepts), ()))]

    @lru_cache(maxsize=1024)  # noqa: B019 - the index itself lives as long as the cache of indexes
    def holding(self, concepts: tuple[str, ...]) -> list[CatalogName]:
        """The names of devices that hold all of these concepts."""
        sets = [self._by_concept.get(concept, set()) for concept in concepts]
        found = set.intersection(*sets) if sets else set()
        return [self.names[number] for number in sorted(found) if not self.names[number].is_group]

    @lru_cache(maxsize=4096)  # noqa: B019 - the index itself lives as long as the cache of indexes
    def nearest(self, word: str) -> tuple[str, int] | None:
        """A word of the names that `word` is a slip of, with the number of slips."""
        if not word.isalpha() or len(word) < MIN_LENGTH:
            return self._without_a_letter(word)
        limit = allowed_edits(len(word))
        matches = process.extract(word, self._spellings, scorer=OSA.distance, score_cutoff=limit, limit=5)
        fitting = [
            (str(target), int(edits))
            for target, edits, _ in matches
            if target[0] == word[0] or sorted(target[:2]) == sorted(word[:2])
        ]
        return min(fitting, key=lambda found: (found[1], found[0]), default=None)

    def _without_a_letter(self, word: str) -> tuple[str, int] | None:
        """ "ovn" for "oven": of a word of four letters only one may be left out."""
        if len(word) != MIN_LENGTH - 1 or not word.isalpha():
            return None
        longer = (name for name in self._spellings if len(name) == MIN_LENGTH and name[0] == word[0])
        return next(((name, 1) for name in longer if _is_within(word, name)), None)


def _is_within(word: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in word)


@lru_cache(maxsize=16)
def index_of(catalog: Catalog) -> DeviceIndex:
    """The index of a catalogue, kept while it stays the same."""
    return DeviceIndex(catalog)


def _names(catalog: Catalog) -> Iterable[CatalogName]:
    groups: dict[str, list[DeviceRef]] = {}
    for device in catalog.devices:
        for text in device.names:
            concepts = concepts_in(tokenize(text))
            if concepts and not is_common(concepts):
                yield CatalogName(text, concepts, (device.ref,))
                yield from _initials(text, device.ref)
        for group in device.groups:
            groups.setdefault(group, []).append(device.ref)
    for text, members in groups.items():
        concepts = concepts_in(tokenize(text))
        if concepts:
            yield CatalogName(text, concepts, tuple(members), is_group=True)


def _distinctive_words(name: CatalogName) -> Iterable[str]:
    """Heads of phrases, which may stand for the whole: "the pump" for "Heat pump", "the light" for a lamp."""
    heads = (concept.split()[-1] for concept in name.concepts if " " in concept)
    words = [word for word in heads if len(word) > 2 and word not in KNOWN]
    return [*words, *(lexicon()[word] for word in words if word in lexicon())]


def _initials(text: str, device: DeviceRef) -> Iterable[CatalogName]:
    """ "AHU" for "Air handling unit"."""
    words = [token.text for token in tokenize(text) if token.is_word]
    initials = "".join(word[0] for word in words)
    if len(words) >= _MIN_INITIALS and initials not in KNOWN and initials not in lexicon():
        yield CatalogName(text, (initials,), (device,))


def concepts_in(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The concepts of a name."""
    words = [token.text.removesuffix("'s") for token in tokens if token.text[0].isalnum()]
    keys = [concept.key for concept in concepts_of(words)]
    return tuple(key for key in keys if key not in _ARTICLES)[:MAX_NAME_CONCEPTS]


def is_common(concepts: Sequence[str]) -> bool:
    """Whether a name is made of question words alone ("Total"), so that it must be written like a name."""
    if len(concepts) > 1 and not _THINGS.isdisjoint(concepts):
        return False  # "Main meter", "Plug 3"
    return all(
        (concept in KNOWN and concept not in lexicon()) or concept.isdecimal() or concept in _OTHERS
        for concept in concepts
    )
