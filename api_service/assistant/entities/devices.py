"""Which devices and groups a question names, known, ambiguous or unknown, and what qualifies a name."""

from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.entities.appliances import (
    COUNTED,
    HOURS_OF,
    MODES,
    QUALIFIERS,
    part_names,
    room_names,
    vague_names,
)
from api_service.assistant.entities.catalog import Catalog
from api_service.assistant.entities.concepts import Concept, Run, concept_at, lexicon, nearest_appliance
from api_service.assistant.entities.device_index import (
    MAX_NAME_CONCEPTS,
    CatalogName,
    DeviceIndex,
    index_of,
    is_common,
)
from api_service.assistant.entities.device_places import joined_with_places
from api_service.assistant.entities.entity import DeviceValue, Entity, GroupValue
from api_service.assistant.entities.numbers import number_words, units
from api_service.assistant.query.query import SlotKind
from api_service.assistant.text.english import is_english
from api_service.assistant.text.spelling import nearest
from api_service.assistant.text.tokens import Token
from api_service.assistant.text.vocabulary import DETERMINERS, KNOWN
from api_service.assistant.types import DeviceRef

_JOINTS = frozenset({"-", "_", "/", "."})
_OBJECT_OF = frozenset({"the", "my", "our", "your"})
_NUMBERED = ("device", "cluster", "meter", "channel", "sensor", "appliance")
_NUMBERED_PLACES = ("phase", "circuit", "plug", "socket")
_PARTIAL, _SYNONYM, _SHARED, _PER_SLIP, _QUALIFIED = 0.93, 0.97, 0.95, 0.05, 0.5


def _is_hyphen(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token joins two words: "heat-pump"."""
    if tokens[at].text not in _JOINTS or not 0 < at < len(tokens) - 1:
        return False
    is_name = tokens[at - 1].is_word or tokens[at].text == "_"
    return tokens[at].glued and tokens[at + 1].glued and is_name


class DeviceFinder:
    """Reads the names of one question, word by word."""

    def __init__(self, text: str, tokens: Sequence[Token], catalog: Catalog, free: Sequence[bool]) -> None:
        self._text = text
        kept = [at for at in range(len(tokens)) if not _is_hyphen(tokens, at)]
        self._tokens = [tokens[at] for at in kept]
        self._free = [free[at] for at in kept]
        self._index: DeviceIndex = index_of(catalog)
        self._slips = [0] * len(kept)
        self._words = [self._read(at) for at in range(len(kept))]
        self._end = 0

    def find(self) -> list[Entity]:
        """All names, in order."""
        found: list[Entity] = []
        at = 0
        while at < len(self._words):
            entity, after = self._at(at)
            if entity is not None:
                found.append(entity)
                self._end = max(after, at + 1)
            at = max(after, at + 1)
        return joined_with_places(self._text, found, self._index)

    def _read(self, at: int) -> str:
        """The word, or the word of a name that it is a slip of; "" where it is taken."""
        if not self._free[at]:
            return ""
        word = self._tokens[at].text.removesuffix("'s").removesuffix("s'")
        if word in KNOWN or word in lexicon() or self._index.knows(word) or is_english(word):
            return word
        slip, ordinary = self._index.nearest(word) or nearest_appliance(word), nearest(word)
        if slip is None or (ordinary is not None and ordinary[1] < slip[1]):
            return word
        self._slips[at] = slip[1]
        return slip[0]

    def _word(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""

    def _at(self, at: int) -> tuple[Entity | None, int]:
        if not self._word(at)[:1].isalnum():
            return None, at
        numbered = self._numbered(at)
        if numbered is not None:
            return numbered
        run = self._run(at)
        for count in range(len(run.concepts), 0, -1):
            found = self._named(run.first(count))
            if found is not None:
                return self._checked(found, run, count)
        return self._sibling(run) or self._numbered_place(at) or self._appliance(at)

    def _numbered_place(self, at: int) -> tuple[Entity, int] | None:
        """ "phase 1" where none is called so."""
        if self._word(at) not in _NUMBERED_PLACES or not self._word(at + 1).isdecimal():
            return None
        return self._unknown(at, at + 2), at + 2

    def _sibling(self, run: Run) -> tuple[Entity, int] | None:
        """ "hall B" where there is a "Hall A"."""
        if not run.concepts or is_common(run.keys):
            return None
        last = run.concepts[-1].last
        letter = self._word(last)
        is_letter = len(letter) == 1 and letter.isalnum() and letter not in ("a", "i")
        if not is_letter or not self._index.has_group_with(run.keys) or self._word(last + 1) in units():
            return None
        return self._unknown(run.concepts[0].first, last + 1), last + 1

    def _numbered(self, at: int) -> tuple[Entity, int] | None:
        """ "device 3", "cluster number 3"; the "4" of "clusters 3 and 4"."""
        place = at
        if self._word(at).removesuffix("s") in _NUMBERED:
            place += 1
            place += self._word(place) in ("number", "no", "nr", "id", "#")
        elif not self._continues_numbers(at):
            return None
        number = self._word(place)
        if not number.isdecimal() or self._word(place + 1) in units():
            return None
        if self._index.whole((self._word(at), str(int(number)))):
            return None  # a name, and no number of a cluster
        device = self._index.by_cluster.get(number)
        name = " ".join(self._words[at : place + 1])
        value = DeviceValue(device.name if device else name, (device,) if device else ())
        return self._entity(at, place + 1, value, 1.0), place + 1

    def _continues_numbers(self, at: int) -> bool:
        if not self._word(at).isdecimal() or self._word(at - 1) not in ("and", "or", ",", "vs", "versus"):
            return False
        named = self._word(at - 3)
        return self._word(at - 2).isdecimal() and named.removesuffix("s") in _NUMBERED

    def _run(self, at: int) -> Run:
        """The concepts from here on that occur in names, without a gap."""
        concepts: list[Concept] = []
        while len(concepts) < MAX_NAME_CONCEPTS and self._word(at)[:1].isalnum():
            concept = self._numbered_concept(concept_at(self._words, at), concepts)
            if not self._index.knows(concept.key) or self._counts(concept):
                break
            concepts.append(concept)
            at = concept.last
        return Run(tuple(concepts))

    def _numbered_concept(self, concept: Concept, before: list[Concept]) -> Concept:
        """The 2 of "chiller two"."""
        number = number_words().get(concept.key)
        if number is None or not before:
            return concept
        keys = (*(one.key for one in before), str(number))
        return replace(concept, key=str(number)) if self._index.holding(keys) else concept

    def _counts(self, concept: Concept) -> bool:
        """Whether a number belongs to a unit and not to a name: "is the fridge 2 kW"."""
        after = self._word(concept.last)
        return concept.key.isdecimal() and (after in units() or after in COUNTED)

    def _named(self, run: Run) -> Entity | None:
        """What the concepts name, all of them together; None where they name nothing."""
        if not self._is_place(run) and (is_common(run.keys) or not self._is_distinctive(run)):
            return None
        whole = self._index.whole(run.keys)
        groups = [name for name in whole if name.is_group]
        own = [name for name in whole if not name.is_group]
        holding = self._index.holding(run.keys)
        first, last = run.concepts[0].first, run.concepts[-1].last
        slips = sum(self._slips[first:last])
        if groups and not own:
            return self._entity(
                first, last, GroupValue(groups[0].text, groups[0].devices), 1.0 - _PER_SLIP * slips
            )
        names = own or holding
        if not names:
            return None
        devices = tuple(dict.fromkeys(device for name in names for device in name.devices))
        plural = self._words[last - 1].endswith("s") and len(devices) > 1 and not own
        certainty = self._certainty(own, holding, first, last) - _PER_SLIP * slips
        name = devices[0].name if len(devices) == 1 else self._written(first, last)
        return self._entity(first, last, DeviceValue(name, devices, is_plural=plural), certainty)

    def _certainty(self, own: list[CatalogName], holding: list[CatalogName], first: int, last: int) -> float:
        if not own:
            return _PARTIAL
        written = self._written(first, last).casefold()
        certainty = 1.0 if any(name.text.casefold() == written for name in own) else _SYNONYM
        return certainty * (_SHARED if len(holding) > len(own) else 1.0)

    def _is_distinctive(self, run: Run) -> bool:
        """Whether the concepts may name something: a mode alone only after "the", a number alone never."""
        distinctive = [key for key in run.keys if not key.isdecimal() and len(key) > 1]
        if not distinctive or all(key in KNOWN and key not in lexicon() for key in distinctive):
            return bool(distinctive) and len(run.keys) > 1 and bool(self._index.whole(run.keys))
        first = run.concepts[0]
        is_verb = self._word(first.first) in vague_names() and self._word(first.last) in _OBJECT_OF
        if is_verb and len(run.keys) == 1 and first.last - first.first == 1:
            return False  # "monitor the voltage"
        if run.keys[0] in MODES and len(run.keys) == 1:
            return self._is_determined(run.concepts[0].first)
        return True

    def _is_place(self, run: Run) -> bool:
        """Whether a word of the language is a group's name: "the outside", not "outside office hours"."""
        first = run.concepts[0]
        is_group = any(name.is_group for name in self._index.whole(run.keys))
        return is_group and len(run.keys) == 1 and self._word(first.first - 1) in _OBJECT_OF

    def _is_determined(self, at: int) -> bool:
        return self._word(at - 1) in DETERMINERS

    def _checked(self, found: Entity, run: Run, count: int) -> tuple[Entity | None, int]:
        """The name, unless what follows makes another thing of it ("fridge 3", "oven light")."""
        first, last = run.concepts[0].first, run.concepts[count - 1].last
        after = self._word(last)
        if after == "hours" and self._word(last - 1) in HOURS_OF:
            return None, last  # "outside office hours"
        if after in part_names() or self._is_another_number(found, last):
            return self._unknown(first, last + 1, found), last + 1
        rest = Run(run.concepts[count:])
        head = self._named(rest.first(1)) if rest.concepts else None
        if head is None or not isinstance(head.value, DeviceValue):
            return self._qualified(found, first), last
        is_room = isinstance(found.value, GroupValue) or found.text.casefold() in room_names()
        if not is_room and self._index.whole(run.keys[:count]):
            return self._qualified(found, first), last  # a list: "oven fridge kettle"
        return self._in_room(found, head, first, rest.concepts[0].last)

    def _is_another_number(self, found: Entity, last: int) -> bool:
        """ "fridge 3" where there are "Fridge 1" and "Fridge 2"."""
        number = self._word(last)
        if not number.isdecimal() or self._counts(Concept(number, last, last + 1)):
            return False
        concepts = self._index.concepts(found.text)
        return any(key.isdecimal() for name in self._index.holding(concepts) for key in name.concepts)

    def _in_room(self, room: Entity, head: Entity, first: int, last: int) -> tuple[Entity, int]:
        """ "kitchen TV": the one that is in the kitchen, else one that nobody has."""
        inside = room.value.devices if isinstance(room.value, DeviceValue | GroupValue) else ()
        heads = head.value.devices if isinstance(head.value, DeviceValue) else ()
        devices = tuple(device for device in heads if device in inside)
        if not devices:
            return self._unknown(first, last, head), last
        name = devices[0].name if len(devices) == 1 else self._written(first, last)
        return self._entity(first, last, DeviceValue(name, devices), head.certainty * _SYNONYM), last

    def _unknown(self, first: int, last: int, near: Entity | None = None) -> Entity:
        similar: tuple[DeviceRef, ...] = ()
        if near is not None and isinstance(near.value, DeviceValue | GroupValue):
            similar = near.value.devices
        name = self._written(first, last)
        return self._entity(first, last, DeviceValue(name, (), similar=similar), 1.0)

    def _qualified(self, found: Entity, first: int) -> Entity:
        """Less certain where a word before the name is not accounted for: it stays in the question."""
        before = self._word(first - 1)
        is_word = first > self._end and before.isalpha()
        is_qualifier = before in QUALIFIERS or (before not in KNOWN and before not in DETERMINERS)
        if not is_word or not is_qualifier or not isinstance(found.value, DeviceValue):
            return found
        value = replace(found.value, qualifier=before)
        return replace(found, value=value, certainty=found.certainty * _QUALIFIED)

    def _appliance(self, at: int) -> tuple[Entity | None, int]:
        """A name of an appliance that no device has."""
        concept = concept_at(self._words, at)
        if concept.key not in lexicon() or self._index.knows(concept.key):
            return None, concept.last
        words = " ".join(self._words[concept.first : concept.last])
        is_vague = words in vague_names() or words in KNOWN
        if is_vague and (not self._is_determined(at) or self._word(concept.last) == "of"):
            return None, concept.last
        if self._run(concept.last).concepts and self._named(self._run(concept.last).first(1)):
            return None, concept.last  # "kitchen" before "TV" qualifies it
        return self._unknown(at, concept.last), concept.last

    def _written(self, first: int, last: int) -> str:
        text = self._text[self._tokens[first].start : self._tokens[last - 1].end]
        return text.removesuffix("'s").removesuffix("’s")

    def _entity(self, first: int, last: int, value: DeviceValue | GroupValue, certainty: float) -> Entity:
        start, end = self._tokens[first].start, self._tokens[last - 1].end
        for ending in ("'s", "’s"):
            if self._text[start:end].endswith(ending):
                end -= 2
        kind = SlotKind.GROUP if isinstance(value, GroupValue) else SlotKind.DEVICE
        return Entity(kind, start, end, self._text[start:end], value, max(0.05, certainty))
