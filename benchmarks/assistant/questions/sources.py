"""Where the sentences of a split come from, as conversations of one turn or more."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.voices.voice_file import Example, read_voice

VOICES = Path(__file__).parents[3] / "training" / "voices"
FOLDER = Path(__file__).parent / "written"
MOST_TURNS = 4
DEV_VOICES = ("hotel_manager",)
"""Voices that never train either, given away to calibrate the confidence and to be looked at."""
Chain = tuple[Example, ...]


def chains(split: str) -> dict[str, list[Chain]]:
    """Conversations by the file they are from.

    Both have questions written for them and voices that never train: `dev` is open, `test` only scores.
    """
    files = sorted(FOLDER.glob(f"*_{split}.tsv"))
    files += [
        path
        for path in sorted(VOICES.glob("*.tsv"))
        if (path.stem in DEV_VOICES) is (split == "dev") and read_voice(path).scores
    ]
    found = {}
    for path in files:
        voice = read_voice(path)
        if voice.errors:
            raise ValueError(f"{path}: {voice.errors[0]}")
        found[path.stem] = list(_chains(voice.examples))
    return found


def _chains(examples: Sequence[Example]) -> Iterator[Chain]:
    """Runs of follow-ups, no longer than the turns of a dialogue."""
    chain: list[Example] = []
    for example in examples:
        if not example.previous and chain:
            yield tuple(chain[:MOST_TURNS])
            chain = []
        chain.append(example)
    if chain:
        yield tuple(chain[:MOST_TURNS])
