"""What the reader made of a question, and what speaks against it; pure.

In: the masked question, the query before it, the reader's linear form with its probabilities. Out: a
`Reading`, whose request is accounted for word by word.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from api_service.assistant.entities.entity import Entity
from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.query.coverage import Leftover, leftovers, parts_of, unfounded
from api_service.assistant.query.linear import parse, print_request
from api_service.assistant.query.query import Explain, Outcome, Request
from api_service.assistant.query.syntax import slot_of
from api_service.assistant.query.type_rules import TypeFault, type_fault
from api_service.assistant.text.courtesies import is_thanks
from api_service.assistant.understanding.focus.carried import carried
from api_service.assistant.understanding.negations import rejected
from api_service.assistant.understanding.reading.amendments import amended
from api_service.assistant.understanding.reading.asides import lightened
from api_service.assistant.understanding.reading.commands import is_command
from api_service.assistant.understanding.reading.contradictions import contradicted, state_without_words
from api_service.assistant.understanding.reading.dropped_context import dropped
from api_service.assistant.understanding.reading.previous_query import PreviousQuery
from api_service.assistant.understanding.signs import WIDEST_MARGIN, ReadingSigns

HEAVY, HEAVY_IF_SURE = 0.5, 0.75
"""A leftover of this weight changes what is asked; more of it is let pass where the reader is sure."""
SURE = math.log(0.95)
"""The log-probability from which on a reading is sure."""
MOST_REJECTING = 5
"""Words that reject a name, up to it: "I don't mean the <device>", with the word for its kind."""
_UNREAD_WEIGHT = 1.0


@dataclass(frozen=True)
class ReaderOutput:
    """The reader's text, the natural-log probability and the margin of each token; the end has both too.

    `share` is its probability among the candidates.
    """

    text: str
    logprobs: tuple[float, ...] = ()
    margins: tuple[float, ...] = ()
    share: float = 1.0
    is_complete: bool = True


@dataclass(frozen=True)
class Reading:
    """A request with everything that speaks against it.

    `request` is None where the output is no sentence of the grammar. `unread` is a leftover too: words of a
    time that nobody understood.
    """

    linear: str
    request: Request | None
    fault: TypeFault | None
    leftovers: tuple[Leftover, ...]
    unfounded: tuple[str, ...]
    signs: ReadingSigns

    @property
    def heavy(self) -> tuple[Leftover, ...]:
        """The leftovers that change what is asked."""
        least = HEAVY_IF_SURE if self.signs.logprob_sum >= SURE else HEAVY
        return tuple(leftover for leftover in self.leftovers if leftover.weight >= least)

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against it."""
        return self.request is not None and not (self.fault or self.heavy or self.unfounded)


def read_output(
    output: ReaderOutput, masked: MaskedQuestion, previous: PreviousQuery | None, *, is_second: bool = False
) -> Reading:
    """The reading of an output, its slots numbered as in the prompt."""
    words = masked.prompt.split()
    read = _read(words, output)
    request = amended(masked.text, masked.entities, read) if read is not None else None
    whole = carried(masked, request, previous) if request is not None else None
    if whole != request:  # what was read does not count any more
        read = request = whole
    baseless = _baseless(words, (read, request), masked, previous) if read and request else ()
    left = _left(words, (read, request), masked) if read and request else []
    signs = ReadingSigns(
        logprob_sum=sum(output.logprobs),
        logprob_mean=sum(output.logprobs) / max(1, sum(logprob < 0 for logprob in output.logprobs)),
        smallest_margin=min((*output.margins, WIDEST_MARGIN)),
        share=output.share,
        leftover_weight=sum(leftover.weight for leftover in left),
        unfounded=len(baseless),
        mask_certainty=masked.certainty,
        is_second=is_second,
        is_follow_up=previous is not None,
    )
    fault = type_fault(request) if request is not None else None
    linear = output.text if request is None else print_request(request)
    return Reading(linear, request, fault, tuple(left), baseless, signs)


def slots_of(masked: MaskedQuestion, previous: PreviousQuery | None) -> tuple[Entity, ...]:
    """The entities by slot number: the question's own, then those of the query before."""
    return (*masked.entities, *(previous.entities if previous else ()))


def _read(words: Sequence[str], output: ReaderOutput) -> Request | None:
    """What the reader made of the words, but for those that can be nothing else."""
    if is_thanks(words):
        return Outcome.THANKS
    return Outcome.CONTROL if is_command(words) else _parsed(output)


def _parsed(output: ReaderOutput) -> Request | None:
    if not output.is_complete:
        return None
    try:
        return parse(output.text)
    except ValueError:
        return None


def _left(words: Sequence[str], requests: tuple[Request, Request], masked: MaskedQuestion) -> list[Leftover]:
    """What neither the request as it was read nor the corrected one accounts for, and nobody rejects."""
    read, request = requests
    at_first = leftovers(words, read)
    left = at_first if request is read else [one for one in leftovers(words, request) if one in at_first]
    left = [one for one in left if not _is_rejected(words, one, masked)]
    return [*lightened(words, left), *_unread(masked, request)]


def _is_rejected(words: Sequence[str], one: Leftover, masked: MaskedQuestion) -> bool:
    """Whether it is a name that is rejected for another one, or a word of the rejection before it."""
    slots = [
        place
        for place, word in enumerate(words)
        if (slot := slot_of(word)) is not None and slot in rejected(masked.text, masked.entities)
    ]
    return any(place - MOST_REJECTING <= one.start <= place for place in slots)


def _unread(masked: MaskedQuestion, request: Request) -> list[Leftover]:
    """Words of a time that was not understood: no default window may stand in their place."""
    if isinstance(request, Outcome | Explain):
        return []
    return [Leftover(masked.text[start:end], start, end, _UNREAD_WEIGHT) for start, end in masked.unread]


def _baseless(
    words: Sequence[str],
    requests: tuple[Request, Request],
    masked: MaskedQuestion,
    previous: PreviousQuery | None,
) -> tuple[str, ...]:
    """Parts of the first request, as it was read, that no word asks for; of the second, as it is corrected,
    those that words speak against.
    """
    read, request = requests
    inherited = parts_of(previous.request) if previous is not None else frozenset()
    against = contradicted(words, request, masked.entities)
    found = _unfounded(words, read, previous)
    found += tuple(part for part in against if part != "usual" or part not in inherited)
    if previous is not None:
        found += dropped(words, masked.slot_kinds, request, previous)
    return found


def _unfounded(words: Sequence[str], request: Request, previous: PreviousQuery | None) -> tuple[str, ...]:
    inherited = parts_of(previous.request) if previous is not None else frozenset()
    parts = (*unfounded(words, request), *state_without_words(words, request))
    return tuple(part for part in dict.fromkeys(parts) if part not in inherited)
