"""Reads a voice file: sentences with brackets, each with its query; follow-ups with the query before."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from api_service.assistant.query.linear import parse, print_request, renumbered, slots_used
from api_service.assistant.query.query import Request, Slot, SlotKind

KINDS = {kind.value[0]: kind for kind in SlotKind}
"""The letter of a bracket: d, g, t, h, n, s."""

SENSELESS, FOLLOW_UP, COMMENT = "! ", "> ", "#"
_BRACKET = re.compile(r"\[(\w) ([^\[\]]+)\]")
_OWN = re.compile(r"<(\d+)>")
_INHERITED = re.compile(r"<p(\d+)>")


class VoiceError(ValueError):
    """A line is not in the format of a voice file."""


@dataclass(frozen=True)
class Bracket:
    """A slot of a sentence: its kind and the words as they were typed."""

    kind: SlotKind
    words: str


@dataclass(frozen=True)
class Example:
    """One sentence with its query.

    `pieces` are the sentence's texts and brackets. `request` numbers the sentence's own slots from 0 and
    those of the previous query from `len(brackets)` on; `inherited` are the latter, in the order of the
    previous query's linear form, which `previous` holds with the same numbers ("" without one). `senseless`:
    the query is meant to break a type rule.
    """

    line: int
    pieces: tuple[str | Bracket, ...]
    request: Request
    senseless: bool = False
    inherited: tuple[Bracket, ...] = ()
    previous: str = ""

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        """The sentence's own slots."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Bracket))

    @property
    def slots(self) -> tuple[Bracket, ...]:
        """All slots of the prompt by their number."""
        return self.brackets + self.inherited

    @property
    def masked(self) -> str:
        """The sentence with `kind <extra_id_N>` for each bracket, in lower case without punctuation."""
        numbers = iter(range(len(self.pieces)))
        words = [
            f" {piece.kind.value} <extra_id_{next(numbers)}> "
            if isinstance(piece, Bracket)
            else re.sub(r"[^\w\s'%]+", " ", piece.lower())
            for piece in self.pieces
        ]
        return " ".join("".join(words).split())


@dataclass(frozen=True)
class VoiceFile:
    """The examples of one voice. `scores`: it is for scoring and never trained on."""

    name: str
    voice: str
    scores: bool
    examples: tuple[Example, ...]
    errors: tuple[str, ...]


def read_voice(path: Path) -> VoiceFile:
    """The file's examples, and a message for each line that could not be read."""
    lines = path.read_text(encoding="utf-8").splitlines()
    examples: list[Example] = []
    errors: list[str] = []
    for item in read_lines(lines):
        if isinstance(item, Example):
            examples.append(item)
        else:
            errors.append(item)
    voice, use = (_header(lines, place, name) for place, name in ((0, "voice"), (1, "use")))
    if not voice or use not in ("train", "score"):
        errors.insert(0, "line 1: the file begins with '# voice: …' and '# use: train' or '# use: score'")
    return VoiceFile(path.stem, voice, use == "score", tuple(examples), tuple(errors))


def _header(lines: Sequence[str], place: int, name: str) -> str:
    line = lines[place] if place < len(lines) else ""
    return line.removeprefix(f"# {name}:").strip() if line.startswith(f"# {name}:") else ""


def read_lines(lines: Sequence[str]) -> Iterator[Example | str]:
    """Each line's example, or what is wrong with it; comments and empty lines are passed over."""
    last: Example | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith(COMMENT):
            continue
        try:
            last = read_line(line, number, last)
        except ValueError as error:
            last = None
            yield f"line {number}: {error}"
        else:
            yield last


def read_line(line: str, number: int, last: Example | None) -> Example:
    """One example; `last` is the one before, for a follow-up. Raises `VoiceError` or `ParseError`."""
    sentence, tab, query = line.partition("\t")
    if not tab or "\t" in query:
        raise VoiceError("a line is a sentence, one tab, and a query")
    follows = sentence.startswith(FOLLOW_UP)
    if follows and last is None:
        raise VoiceError("a follow-up needs a good line before it")
    pieces = _pieces(sentence.removeprefix(FOLLOW_UP).strip())
    count = sum(isinstance(piece, Bracket) for piece in pieces)
    inherited, previous = _inherited(last, count) if follows and last else ((), "")
    senseless = query.startswith(SENSELESS)
    text = _numbered(query.removeprefix(SENSELESS).strip(), count, len(inherited))
    return Example(number, pieces, parse(text), senseless, inherited, previous)


def _pieces(sentence: str) -> tuple[str | Bracket, ...]:
    pieces: list[str | Bracket] = []
    end = 0
    for match in _BRACKET.finditer(sentence):
        if match[1] not in KINDS:
            raise VoiceError(f"[{match[1]} …] is no bracket; they are {', '.join(KINDS)}")
        pieces += [sentence[end : match.start()], Bracket(KINDS[match[1]], match[2].strip())]
        end = match.end()
    pieces.append(sentence[end:])
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if any(sign in text for text in texts for sign in "[]<>"):
        raise VoiceError("a bracket is '[', one letter, a space, words, ']'")
    if not "".join(texts).strip() and len(pieces) == 1:
        raise VoiceError("the sentence is empty")
    return tuple(piece for piece in pieces if piece)


def _inherited(last: Example, count: int) -> tuple[tuple[Bracket, ...], str]:
    """The slots of the query before in the order of its linear form, and that form with their new numbers."""
    order = list(dict.fromkeys(use.slot for use in slots_used(last.request)))
    numbers = {old: Slot(count + place) for place, old in enumerate(order)}
    return tuple(last.slots[slot] for slot in order), print_request(renumbered(last.request, numbers))


def _numbered(query: str, count: int, inherited: int) -> str:
    """The linear form with the numbers of the prompt for `<0>` and `<p0>`."""

    def own(match: re.Match[str]) -> str:
        if int(match[1]) >= count:
            raise VoiceError(f"{match[0]}: the sentence has {count} brackets")
        return f"<extra_id_{match[1]}>"

    def earlier(match: re.Match[str]) -> str:
        if int(match[1]) >= inherited:
            raise VoiceError(f"{match[0]}: the query before has {inherited} slots")
        return f"<extra_id_{count + int(match[1])}>"

    return _INHERITED.sub(earlier, _OWN.sub(own, query))
