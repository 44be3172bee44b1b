"""Stage 1 of a question: names, times and numbers become slots, all else stays as words for the reader.

In: the text, the site's catalogue, now and its zone. Out: the words of the reader's prompt, the entities in
the order of their slots, and words of time that could not be read.

Pure; about 1 ms of CPU for a usual question, below 0.3 s for 2,000 characters of names. The index of a
catalogue takes about 0.1 s for 1,000 devices and is kept while the catalogue is the same: `prepare` builds it
in a thread.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api_service.assistant.entities.catalog import Catalog
from api_service.assistant.entities.device_index import index_of
from api_service.assistant.entities.devices import DeviceFinder
from api_service.assistant.entities.entity import DeviceValue, Entity, NumberValue, StateValue, TimeValue
from api_service.assistant.entities.numbers import find_numbers
from api_service.assistant.entities.pointers.places import NamedBefore, find_places, passed_over, several_at
from api_service.assistant.entities.unknown_names import SLOT, unknown_names
from api_service.assistant.entities.written_names import find_written_names
from api_service.assistant.query.query import SlotKind
from api_service.assistant.text.courtesies import courtesies
from api_service.assistant.text.english import is_english, warm_up
from api_service.assistant.text.spelling import allowed_edits, mended
from api_service.assistant.text.tokens import Token, fold_word, tokenize, with_comparisons
from api_service.assistant.text.vocabulary import ENGLISH
from api_service.assistant.time.expressions import find_times
from api_service.assistant.types import Moment, Window

MAX_SLOTS = 90
"""T5 has a hundred sentinels, of which a follow-up needs some for the query before."""

_SLIP = 0.97
_GENERIC_STATES = frozenset({"on", "off", "active", "running", "state"})
_LONGEST_STATE = 4


@dataclass(frozen=True, slots=True)
class MaskedWord:
    """A word of the prompt with its place in the text; `slot` is N where it stands for `<extra_id_N>`."""

    text: str
    start: int
    end: int
    slot: int | None = None
    is_corrected: bool = False


@dataclass(frozen=True, slots=True)
class MaskedQuestion:
    """A question with slots in place of what it names.

    `unread` are stretches of the text that speak of a time which was not understood: no default window may
    be taken in their place. `passed_over` are those that no word stands for: courtesies, and a day that
    a slot elsewhere holds.
    """

    text: str
    words: tuple[MaskedWord, ...]
    entities: tuple[Entity, ...]
    unread: tuple[tuple[int, int], ...] = ()
    passed_over: tuple[tuple[int, int], ...] = ()

    @property
    def prompt(self) -> str:
        """The words with `kind <extra_id_N>` for each slot."""
        return " ".join(
            word.text if word.slot is None else f"{self.entities[word.slot].kind.value} {word.text}"
            for word in self.words
        )

    @property
    def words_text(self) -> str:
        """The words, a slot as its sentinel alone."""
        return " ".join(word.text for word in self.words)

    @property
    def hinted_text(self) -> str:
        """The words, before the sentinel of a number what it counts: "above volts <extra_id_0>"."""
        words: list[str] = []
        for word in self.words:
            value = None if word.slot is None else self.entities[word.slot].value
            words += [value.hint, word.text] if isinstance(value, NumberValue) else [word.text]
        return " ".join(filter(None, words))

    @property
    def slot_kinds(self) -> tuple[str, ...]:
        """The kind of each slot."""
        return tuple(entity.kind.value for entity in self.entities)

    @property
    def certainty(self) -> float:
        """How sure the reading of names, times and numbers is, 0 to 1."""
        slips = sum(word.is_corrected for word in self.words)
        return math.prod(entity.certainty for entity in self.entities) * _SLIP**slips


def prepare(catalog: Catalog) -> None:
    """Build what the first question would wait for; blocking, for a thread."""
    warm_up()
    index_of(catalog)


def mask(
    text: str,
    catalog: Catalog,
    moment: Moment,
    earlier: Window | None = None,
    before: NamedBefore | None = None,
) -> MaskedQuestion:
    """`text` with its devices, times, numbers and states as slots.

    `earlier` is the time that the question before spoke of or found, on which "the week before" and "then"
    lean; `before` are the devices that "the first one" is one of.
    """
    return _Masker(text, catalog, moment, earlier).masked(before or NamedBefore())


class _Masker:
    def __init__(self, text: str, catalog: Catalog, moment: Moment, earlier: Window | None) -> None:
        self._text = text
        self._catalog = catalog
        self._moment, self._earlier = moment, earlier
        self._tokens = with_comparisons(tokenize(text))
        self._taken = [False] * len(self._tokens)
        self._entities: list[Entity] = []
        self._passed_over: list[int] = []

    def masked(self, before: NamedBefore) -> MaskedQuestion:
        self._take(find_written_names(self._text, self._catalog))
        self._take(DeviceFinder(self._text, self._tokens, self._catalog, self._free()).find())
        self._take(find_places(self._tokens, self._text, before))
        self._pass_over(sorted(courtesies([token.text for token in self._tokens])))
        self._pass_over(passed_over(self._tokens, before))
        words = self._spelled()
        for first, last, pronoun in several_at(self._tokens, before):
            words[first] = pronoun
            self._pass_over(range(first + 1, last))
        unread = self._take_times(words)
        self._take(find_numbers(self._text, self._tokens, self._free()))
        self._take(self._states())
        self._take_unknown(words)
        entities = sorted(self._entities, key=lambda entity: entity.start)[:MAX_SLOTS]
        left = self._stretches(at for at in unread if not self._taken[at])
        found = tuple(self._masked_words(words, entities))
        return MaskedQuestion(self._text, found, tuple(entities), left, self._stretches(self._passed_over))

    def _stretches(self, places: Iterable[int]) -> tuple[tuple[int, int], ...]:
        return tuple((self._tokens[at].start, self._tokens[at].end) for at in places)

    def _pass_over(self, places: Iterable[int]) -> None:
        free = [at for at in places if not self._taken[at]]
        self._passed_over += free
        for at in free:
            self._taken[at] = True

    def _free(self) -> list[bool]:
        return [not taken for taken in self._taken]

    def _take(self, entities: Sequence[Entity]) -> None:
        for entity in entities:
            places = [at for at, token in enumerate(self._tokens) if _overlap(token, entity)]
            if not any(self._taken[at] for at in places):
                self._entities.append(entity)
                for at in places:
                    self._taken[at] = True

    def _spelled(self) -> list[str]:
        """The words, with typos mended; correct English, numbers and sentences in other languages stay."""
        plain = [
            SLOT if taken else token.text for token, taken in zip(self._tokens, self._taken, strict=True)
        ]
        spelled = [mended(word) for word in plain]
        strange = sum(not _is_ordinary(word) for word in spelled)
        far = sum(
            one != other and allowed_edits(len(one)) > 1 for one, other in zip(plain, spelled, strict=True)
        )
        return plain if 2 * (strange + far) > sum(map(str.isalpha, plain)) else spelled

    def _take_times(self, words: list[str]) -> tuple[int, ...]:
        times = find_times([word.removesuffix("'s") for word in words], self._moment, self._earlier)
        for found in times.expressions:
            start, end = self._tokens[found.first].start, self._tokens[found.last - 1].end
            end -= 2 if words[found.last - 1].endswith("'s") else 0
            recurs = bool(found.readings) and found.readings[0].recurs
            kind = SlotKind.HOURS if recurs else SlotKind.TIME
            certainty = found.readings[0].certainty if found.readings else 1.0
            value = TimeValue(found.readings)
            self._take([Entity(kind, start, end, self._text[start:end], value, certainty)])
            self._pass_over(range(*(found.apart or (0, 0))))
        return times.unread

    def _states(self) -> list[Entity]:
        """Words that are a state of some device, as it reports it; the longest first."""
        states = {tuple(t.text for t in tokenize(state)): state for state in self._catalog.states}
        found = []
        for at in range(len(self._tokens)):
            for length in range(_LONGEST_STATE, 0, -1):
                phrase = tuple(token.text for token in self._tokens[at : at + length])
                state = states.get(phrase)
                if state is not None and len(phrase) == length and fold_word(state) not in _GENERIC_STATES:
                    start, end = self._tokens[at].start, self._tokens[at + length - 1].end
                    found.append(Entity(SlotKind.STATE, start, end, self._text[start:end], StateValue(state)))
                    break
        return found

    def _take_unknown(self, words: Sequence[str]) -> None:
        masked = [SLOT if taken else word for word, taken in zip(words, self._taken, strict=True)]
        for first, last in unknown_names(masked):
            start, end = self._tokens[first].start, self._tokens[last - 1].end
            name = self._text[start:end].removesuffix("'s").removesuffix("’s")
            value = DeviceValue(name, ())
            self._take([Entity(SlotKind.DEVICE, start, start + len(name), name, value)])

    def _masked_words(self, words: Sequence[str], entities: Sequence[Entity]) -> list[MaskedWord]:
        """Words and slots in the order of the text; punctuation is left out."""
        found: list[MaskedWord] = []
        for word, token, taken in zip(words, self._tokens, self._taken, strict=True):
            if taken or not (any(map(str.isalnum, token.text)) or token.text == "%"):
                continue
            if token.glued and token.is_number and found and found[-1].end == token.start:  # "CO2"
                before = found.pop()
                found.append(MaskedWord(before.text + word, before.start, token.end))
            else:
                found.append(MaskedWord(word, token.start, token.end, is_corrected=word != token.text))
        found += (
            MaskedWord(f"<extra_id_{number}>", entity.start, entity.end, number)
            for number, entity in enumerate(entities)
        )
        return sorted(found, key=lambda word: word.start)


def _is_ordinary(word: str) -> bool:
    return not word.isalpha() or word in ENGLISH or is_english(word)


def _overlap(token: Token, entity: Entity) -> bool:
    return token.start < entity.end and entity.start < token.end
