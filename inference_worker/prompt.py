"""Prompt templates and slot filling: `PromptParts` to model input, generated text to displayed text.

Two styles. ``slots``: names, values, times and windows stand as T5's sentinels `<extra_id_N>`, for
checkpoints trained on such prompts. ``plain``: instruction, facts and question in words, for stock FLAN-T5.
Pure functions.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from shared.generation import PromptParts, ReadingRequest, SlottedText

PromptStyle = Literal["slots", "plain"]
CountTokens = Callable[[str], int]

PLAIN_INSTRUCTION = (
    "Answer the question about electrical devices in one short sentence. "
    "Use only the facts and copy names, numbers and units exactly."
)
SAY_BY_SHAPE = "say "
"""How the task of a prompt begins whose facts are the plan of an answer."""
HISTORY_TURNS = 2
TURN_CHARACTERS = 160
# Largest share of the token budget for the question; the rest is for the facts.
QUESTION_SHARE = 0.4

SENTINEL = re.compile(r"<extra_id_(\d{1,2})>")
PARTIAL_SENTINEL = re.compile(r"<(?:e(?:x(?:t(?:r(?:a(?:_(?:i(?:d(?:_(?:\d{1,2})?)?)?)?)?)?)?)?)?)?$")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
SPACES = re.compile(r"\s+")
UNKNOWN_SLOT = "\u2026"
# No space stands before the first or after the second.
CLOSING, OPENING = ".,;:!?)\u201d", "(\u201c"
POSSESSIVES = frozenset({"'s", "\u2019s"})


def render(parts: PromptParts, style: PromptStyle, count_tokens: CountTokens, budget: int) -> str:
    """The prompt, at most `budget` tokens long by `count_tokens`.

    To fit, whole parts are dropped: earlier turns first, then facts from the end. The question is shortened
    by words only where it is very long.
    """
    question = _shortened(_rendered(parts.question, parts, style), count_tokens, int(budget * QUESTION_SHARE))
    facts = [_rendered(fact, parts, style, is_ours=True) for fact in parts.facts]
    turns = [_rendered_turn(turn.role, turn.text, parts, style) for turn in parts.history[-HISTORY_TURNS:]]
    while True:
        prompt = _assemble(parts.task, question, facts, turns, style)
        if count_tokens(prompt) <= budget or not (facts or turns):
            return prompt
        if turns:
            turns.pop(0)
        else:
            facts.pop()


def render_reading(question: SlottedText, reading: ReadingRequest) -> str:
    """The prompt of the task "read", as training makes it too: masked question, each slot with its kind.

    The previous query follows in its linear form where there is one. Raises ValueError for a slot without a
    kind.
    """
    kinds = reading.slot_kinds
    if any(isinstance(piece, int) and piece >= len(kinds) for piece in (*question, *reading.previous)):
        raise ValueError(f"the question has a slot without a kind; there are {len(kinds)} kinds")
    words = [f" {kinds[p]} <extra_id_{p}> " if isinstance(p, int) else _normalised(p) for p in question]
    last = [f" <extra_id_{piece}> " if isinstance(piece, int) else piece for piece in reading.previous]
    tail = f"; last: {''.join(last)}" if last else ""
    return SPACES.sub(" ", f"read: {''.join(words)}".rstrip() + tail).strip()


def _assemble(
    task: str, question: str, facts: Sequence[str], turns: Sequence[str], style: PromptStyle
) -> str:
    if style == "slots":
        if task.startswith(SAY_BY_SHAPE):
            # The plan says everything; what was asked in other words would only be repeated.
            return f"{task}: {'; '.join(facts)}"
        said = f"; said: {'; '.join(turns)}" if turns else ""
        return f"{task}: {'; '.join(facts)}{said}; question: {question}"
    blocks = [PLAIN_INSTRUCTION, "Facts:\n" + "\n".join(f"- {fact}" for fact in facts)]
    if turns:
        blocks.append("Conversation:\n" + "\n".join(turns))
    blocks.append(f"Question: {question}\nAnswer:")
    return "\n\n".join(blocks)


def _rendered(text: SlottedText, parts: PromptParts, style: PromptStyle, *, is_ours: bool = False) -> str:
    if style == "plain":
        return fill(text, parts.slots, capitalise=False)
    neutral = str.lower if is_ours else _normalised
    words = [f" <extra_id_{piece}> " if isinstance(piece, int) else neutral(piece) for piece in text]
    return SPACES.sub(" ", "".join(words)).strip()


def _normalised(text: str) -> str:
    """Free text for a slots model: lower case, digits masked, sentinels removed."""
    return NUMBER.sub("0", SENTINEL.sub(" ", text)).lower()


def _rendered_turn(role: str, text: SlottedText, parts: PromptParts, style: PromptStyle) -> str:
    words = _rendered(text, parts, style)[:TURN_CHARACTERS]
    if style == "slots":
        return f"{role} {re.sub('<[^>]*$', '', words).strip()}"
    return f"{role.capitalize()}: {words}"


def _shortened(question: str, count_tokens: CountTokens, limit: int) -> str:
    while count_tokens(question) > limit and " " in question:
        words = question.split(" ")
        question = " ".join(words[: max(1, len(words) * 3 // 4)])
    if count_tokens(question) > limit:
        return question[:limit]
    return question


def fill(text: SlottedText, slots: Sequence[str], *, capitalise: bool = True) -> str:
    """A template with its slots filled."""
    filler = SlotFiller(slots, capitalise=capitalise)
    pieces = [f"<extra_id_{piece}>" if isinstance(piece, int) else piece for piece in text]
    return "".join([*(filler.feed(piece) for piece in pieces), filler.finish()])


class SlotFiller:
    """Streams generated text to display: fills slots, cleans spacing, capitalises sentence starts.

    `feed` takes the next piece of decoded text, in which a slot is the literal `<extra_id_N>` (possibly cut
    anywhere between two calls), and returns the text that is final; `finish` returns the rest. A slot that
    does not exist becomes "…", which no check accepts.
    """

    def __init__(self, slots: Sequence[str], *, capitalise: bool = True) -> None:
        self._slots = slots
        self._capitalise = capitalise
        self._pending = ""
        self._text = ""
        self._space = False

    @property
    def text(self) -> str:
        """All text so far."""
        return self._text

    def feed(self, piece: str) -> str:
        """Take the next piece; returns the text that is final."""
        self._pending += piece
        held = PARTIAL_SENTINEL.search(self._pending)
        cut = held.start() if held else len(self._pending)
        ready, self._pending = self._pending[:cut], self._pending[cut:]
        return self._take(ready)

    def finish(self) -> str:
        """The text held back; call once at the end."""
        ready, self._pending = self._pending, ""
        return self._take(ready)

    def _take(self, ready: str) -> str:
        before = len(self._text)
        # split() with one group: words at even places, slot numbers at odd ones
        for place, part in enumerate(SENTINEL.split(ready)):
            if place % 2:
                self._append_slot(int(part))
            else:
                self._append_words(part)
        return self._text[before:]

    def _append_slot(self, number: int) -> None:
        self._space = True
        self._append(self._slots[number] if number < len(self._slots) else UNKNOWN_SLOT)
        self._space = True

    def _append_words(self, words: str) -> None:
        for word in re.findall(r"\s+|\S+", words):
            if word.isspace():
                self._space = True
            else:
                self._append(word)
                self._space = False

    def _append(self, text: str) -> None:
        if not text:
            return
        glued = not self._text or text[0] in CLOSING or text[:2] in POSSESSIVES or self._text[-1] in OPENING
        gap = self._space and not glued
        starts = not self._text or (gap and self._text[-1] in ".!?")
        self._text += (" " if gap else "") + (
            text[0].upper() + text[1:] if starts and self._capitalise else text
        )
