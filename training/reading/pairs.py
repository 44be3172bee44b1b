"""The stream of pairs that the task `read` is trained on, and the sentences that score it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from api_service.assistant.query.query import Outcome, Query
from training.reading.asides import with_aside
from training.reading.compose import compose
from training.reading.follow_ups import Fragment, after_another, any_fragment, followed, fragment_of
from training.reading.noise import as_masked, noisy
from training.reading.phrases import paraphrased
from training.reading.reading import Reading, from_example, in_order
from training.reading.swaps import reshaped, swapped
from training.voices.voice_file import read_voice

VOICES = Path(__file__).resolve().parent.parent / "voices"
WHOLE = 5
"""From so many words on a sentence is understood without the query before."""

OPEN = frozenset((Outcome.UNSUPPORTED, Outcome.WHY, Outcome.ADVICE, Outcome.OFF_TOPIC, Outcome.FORECAST))
"""Kinds of question without a form of their own: each sentence tells less about the next one."""
OPEN_WEIGHT = 1.7

_LONGEST = 40
_TRIES = 60


@dataclass(frozen=True)
class Voices:
    """The sentences of the voices that train, and of those that score, by the voice's name."""

    training: tuple[Reading, ...]
    scoring: dict[str, tuple[Reading, ...]]


def load_voices(folder: Path = VOICES) -> Voices:
    """All voices of the folder; senseless queries are read like others."""
    training: list[Reading] = []
    scoring: dict[str, tuple[Reading, ...]] = {}
    for path in sorted(folder.glob("*.tsv")):
        voice = read_voice(path)
        readings = tuple(in_order(from_example(example)) for example in voice.examples)
        if voice.scores:
            scoring[voice.name] = readings
        else:
            training += readings
    return Voices(tuple(training), scoring)


class Pairs:
    """Endless pairs made of written sentences; the same seed gives the same pairs."""

    def __init__(self, written: Sequence[Reading], seed: int) -> None:
        self._rng = random.Random(seed)
        self._singles = [reading for reading in written if not reading.previous]
        self._follow_ups = [reading for reading in written if reading.previous]
        weights = (OPEN_WEIGHT if reading.request in OPEN else 1.0 for reading in self._singles)
        self._cumulated = list(accumulate(weights))
        self._queries = [reading for reading in self._singles if isinstance(reading.request, Query)]
        self._fragments: list[Fragment] = [
            fragment for reading in self._follow_ups if (fragment := fragment_of(reading)) is not None
        ]
        self._sources: dict[Callable[[], Reading | None], float] = {
            self._as_written: 0.10,
            self._single: 0.32,
            self._composed: 0.18,
            self._follow_up: 0.10,
            self._other_previous: 0.14,
            self._independent: 0.16,
        }

    def __iter__(self) -> Iterator[Reading]:
        makers, weights = list(self._sources), list(self._sources.values())
        while True:
            reading = self._rng.choices(makers, weights)[0]()
            if reading is not None and len(reading.words) <= _LONGEST:
                yield reading

    def _as_written(self) -> Reading:
        reading = self._rng.choice([*self._singles, *self._follow_ups])
        return as_masked(reading) if self._rng.random() < 0.5 else reading

    def _varied(self, reading: Reading) -> Reading:
        rng = self._rng
        if isinstance(reading.request, Query):
            if rng.random() < 0.6:
                reading = swapped(reading, rng)
            if rng.random() < 0.5:
                reading = reshaped(reading, rng)
        if rng.random() < 0.75:
            reading = paraphrased(reading, rng)
        if rng.random() < 0.3:
            reading = as_masked(reading)
        return noisy(with_aside(reading, rng), rng)

    def _written_single(self) -> Reading:
        return self._rng.choices(self._singles, cum_weights=self._cumulated)[0]

    def _single(self) -> Reading:
        return self._varied(self._written_single())

    def _follow_up(self) -> Reading:
        return self._varied(self._rng.choice(self._follow_ups))

    def _other_previous(self) -> Reading | None:
        """A fragment behind another query; the query may itself be that of a follow-up."""
        for _ in range(_TRIES):
            before = self._before()
            made = followed(before, any_fragment(self._rng, self._fragments))
            if made is not None:
                return noisy(paraphrased(made, self._rng, 0.3), self._rng)
        return None

    def _before(self) -> Reading:
        """A question that another one follows."""
        choice = self._rng.random()
        if choice < 0.35:
            return compose(self._rng)
        before = self._rng.choice(self._queries)
        return reshaped(swapped(before, self._rng), self._rng) if choice < 0.7 else before

    def _composed(self) -> Reading:
        composed = paraphrased(compose(self._rng), self._rng, 0.3)
        return noisy(with_aside(composed, self._rng), self._rng)

    def _independent(self) -> Reading | None:
        if self._rng.random() < 0.3:
            return after_another(self._composed(), self._before())
        reading = self._written_single()
        is_whole = len(reading.words) >= WHOLE or isinstance(reading.request, Outcome)
        if not is_whole or reading.target == Outcome.UNCLEAR.value:
            return None
        return after_another(self._varied(reading), self._before())
