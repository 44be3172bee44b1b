"""The phrasing lists as data: reading the files, and filling and roughening a phrase."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from simulator.rng import Rng

_FOLDER = Path(__file__).parent
_NUMBER_WORDS = {2: "two", 3: "three", 4: "four", 5: "five"}


@dataclass(frozen=True)
class Phrase:
    """One way to ask. `low_end` is None where the question has no end to ask for."""

    kind: str
    low_end: bool | None
    words: str


@dataclass(frozen=True)
class DialogueTurn:
    """One turn of a conversation; `devices` are letters to be bound, `window` a key (`last_hours_6`)."""

    phrase: Phrase
    devices: str
    window: str


@dataclass(frozen=True)
class Phrasings:
    """Everything that one split can say."""

    questions: tuple[Phrase, ...]
    windows: dict[str, tuple[str, ...]]
    refusals: tuple[Phrase, ...]
    dialogues: tuple[tuple[DialogueTurn, ...], ...]
    unknown_devices: tuple[str, ...]


def read(split: str) -> Phrasings:
    """The phrasings of `dev` or `test`. FileNotFoundError for another split."""
    questions: list[Phrase] = []
    windows: defaultdict[str, list[str]] = defaultdict(list)
    for kind, end, words in _rows(f"phrasings_{split}.tsv"):
        if kind.startswith("when:"):
            windows[kind.removeprefix("when:")].append(words)
        else:
            questions.append(Phrase(kind, {"most": False, "least": True}.get(end), words))
    refused = [tuple(row) for row in _rows(f"refusals_{split}.tsv")]
    refusals = tuple(Phrase(kind, None, words) for kind, words in refused if kind != "no_device")
    unknown = tuple(words for kind, words in refused if kind == "no_device")
    dialogues = tuple(tuple(_turn(text) for text in row) for row in _rows(f"dialogues_{split}.tsv"))
    return Phrasings(
        tuple(questions), {k: tuple(v) for k, v in windows.items()}, refusals, dialogues, unknown
    )


def _rows(name: str) -> list[list[str]]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _turn(text: str) -> DialogueTurn:
    what, words = text.split("|", 1)
    kind, devices, window, end = (*what.split("@"), "", "", "")[:4]
    return DialogueTurn(Phrase(kind, {"most": False, "least": True}.get(end), words), devices, window)


def fill(words: str, values: dict[str, str]) -> str:
    """The phrase with its placeholders filled; a window at the front gets its capital letter."""
    text = re.sub(r"\{(\w+)\}", lambda match: values[match.group(1)], words)
    if words.startswith("{when}"):
        text = text[:1].upper() + text[1:]
    return text


def number_word(count: int) -> str:
    """3 -> "three"."""
    return _NUMBER_WORDS.get(count, str(count))


def display_name(name: str, dice: Rng) -> str:
    """A device's name as somebody types it: often in lower case, sometimes with a slip of the finger."""
    spoken = name.lower() if dice.chance(0.6) else name
    if spoken.isascii() and len(spoken) >= 6 and dice.chance(0.12):
        at = 1 + dice.below(len(spoken) - 3)
        if " " not in spoken[at : at + 2] and not any(c.isdigit() for c in spoken[at : at + 2]):
            swap = dice.chance(0.5)
            spoken = (
                spoken[:at] + (spoken[at + 1] + spoken[at] if swap else spoken[at + 1]) + spoken[at + 2 :]
            )
    return spoken


def roughen(text: str, dice: Rng) -> str:
    """Some questions lose their capitals, their punctuation, or gain a courtesy."""
    if dice.chance(0.15):
        text = text.lower()
    if dice.chance(0.2):
        text = text.rstrip("?.!")
    if dice.chance(0.06):
        text = f"{text} thanks"
    return text
