"""Checks voice files: `python -m training.voices.lint [FILE …]`; exits 1 where anything is wrong."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from api_service.assistant.query.linear import print_request, slots_used
from api_service.assistant.query.numbers import NumberRole, number_uses
from api_service.assistant.query.query import Outcome, Query, SlotKind
from api_service.assistant.query.type_rules import type_fault
from api_service.metering.measures import MEASURES, measure
from training.voices.voice_file import Example, VoiceFile, read_voice

FOLDER = Path(__file__).parent
_UNIT = re.compile(r"[\d.,]+\s*([a-z°%€$£²³/-]+(?: hours?| cent)?)$", re.IGNORECASE)
_MULTIPLES = re.compile(r"(?i)\d+(?:st|nd|rd|th|x)$")


def faults(example: Example) -> Iterator[str]:
    """What is wrong with one example."""
    fault = type_fault(example.request)
    if fault and not example.senseless:
        yield f"senseless ({fault.rule}): {fault.sentence}"
    if example.senseless and not fault:
        yield "marked as senseless, but it makes sense"
    yield from _slot_faults(example)
    for use in number_uses(example.request):
        if use.slot < len(example.slots) and example.slots[use.slot].kind is SlotKind.NUMBER:
            yield from _unit_faults(example.slots[use.slot].words, use.role, use.measure)


def _slot_faults(example: Example) -> Iterator[str]:
    uses = slots_used(example.request)
    for use in uses:
        kind = example.slots[use.slot].kind if use.slot < len(example.slots) else None
        if kind not in use.kinds:
            yield f"slot {use.slot} is a {kind} where a {' or '.join(sorted(use.kinds))} belongs"
    if isinstance(example.request, Outcome):
        return
    counts = Counter(int(use.slot) for use in uses)
    for number, bracket in enumerate(example.brackets):
        if counts[number] != 1:
            yield f"[{bracket.words}] is used {counts[number]} times in the query, not once"


def _unit_faults(words: str, role: NumberRole, key: str | None) -> Iterator[str]:
    """A unit that the measure does not have; a number without a unit is taken to be in the measure's."""
    match = _UNIT.search(words)
    if match is None or _MULTIPLES.search(words):
        return
    unit = match[1].lower()
    own = {"%", "percent", "times", "x"} if role in (NumberRole.SHARE, NumberRole.FACTOR) else {"times", "x"}
    if role is NumberRole.BOUND and key is not None:
        own = {spelling for scale in measure(key).scales for spelling in scale.spellings}
    everywhere = {
        spelling for row in MEASURES.values() for scale in row.scales for spelling in scale.spellings
    }
    if unit in everywhere and unit not in own:
        yield f"{words!r} has no unit of {key or role.value}"


def report(voices: Sequence[VoiceFile]) -> tuple[list[str], list[str]]:
    """The errors of all files, and the lines of the table of counts."""
    errors = [f"{voice.name}: {error}" for voice in voices for error in voice.errors]
    for voice in voices:
        errors += [
            f"{voice.name}: line {example.line}: {fault}"
            for example in voice.examples
            for fault in faults(example)
        ]
        errors += _repeats(voice)
    return errors, list(_counts(voices))


def _key(example: Example) -> tuple[str, str]:
    return example.previous, example.masked


def _repeats(voice: VoiceFile) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for example, following in zip_longest(voice.examples, voice.examples[1:]):
        if following is not None and following.previous:
            continue  # dialogues may begin alike
        first = seen.setdefault(_key(example), example.line)
        if first != example.line:
            yield f"{voice.name}: line {example.line}: the same sentence as line {first}"


def disagreements(voices: Iterable[VoiceFile]) -> Iterator[str]:
    """Sentences that mean one thing to one voice and another to another: to be settled by a third reader."""
    meanings: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for voice in voices:
        for example in voice.examples:
            place = f"{voice.name}: line {example.line}"
            meanings[_key(example)].setdefault(print_request(example.request), place)
    for (_, masked), found in meanings.items():
        if len(found) > 1:
            yield f"disagreement: {masked!r} has {len(found)} meanings: " + "; ".join(
                f"{query} ({place})" for query, place in found.items()
            )


def parts_of(example: Example) -> Iterator[str]:
    """The parts of the algebra that an example shows."""
    request = example.request
    if example.previous:
        yield "follow-up"
    if not isinstance(request, Query):
        yield f"outcome {request.value}" if isinstance(request, Outcome) else type(request).__name__.lower()
        return
    yield from (f"ask {request.ask}", f"measure {request.measure}", f"statistic {request.statistic}")
    present = {
        f"per {request.per}": request.per,
        f"devices {request.devices.scope}": request.devices.slots,
        "where": request.where,
        "having": request.having,
        f"order {request.order.end}" if request.order else "": request.order,
        "limit": request.order and request.order.limit is not None,
        "rank": request.order and request.order.rank is not None,
        f"windows {request.windows.form} {len(request.windows.slots)}" if request.windows else "": (
            request.windows
        ),
        "usual": request.usual,
        f"relation {request.relation.kind}" if request.relation else "": request.relation,
        "every": request.every,
    }
    yield from (part for part, value in present.items() if value and part)


def _counts(voices: Sequence[VoiceFile]) -> Iterator[str]:
    examples = [(voice, example) for voice in voices for example in voice.examples]
    scored = sum(voice.scores for voice, _ in examples)
    queries = {print_request(example.request) for _, example in examples}
    yield f"{len(voices)} voices, {len(examples)} sentences ({scored} for scoring), {len(queries)} queries"
    counts: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for voice, example in examples:
        counts[voice.scores].update(parts_of(example))
    for part in sorted(counts[False] | counts[True]):
        yield f"{part:32} {counts[False][part]:6} train {counts[True][part]:6} score"


def main(arguments: Sequence[str]) -> int:
    """Print the counts and every error; 1 where there are errors."""
    paths = [Path(argument) for argument in arguments] or sorted(FOLDER.glob("*.tsv"))
    voices = [read_voice(path) for path in paths]
    errors, counts = report(voices)
    print("\n".join([*counts, *disagreements(voices), *errors, f"{len(errors)} errors"]))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
