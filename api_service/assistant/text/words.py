"""A text as a line of folded words that remember where they stood; patterns match it and mask parts."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

DEVICE = "<dev>"
WINDOW = "<when>"
NOW = "<now>"

_TOKEN = re.compile(
    r"0000-00?-00?(?!0)"  # 2026-03-08
    r"|00?[./]00?[./](?:0000|00)(?!0)"  # 10.03.2026, 10/3/26
    r"|00?:00(?!0)"  # 14:30
    r"|0+(?:[.,]0+)?"
    r"|a+(?:['’]a+)*"
    r"|[%€$£&+#]"
)
_SYMBOLS = {"&": "and", "+": "and", "€": "euros", "$": "dollars", "£": "pounds", "%": "percent"}
_CONTRACTIONS = {
    "i'm": "i am", "im": "i am", "i'd": "i would", "i've": "i have", "we're": "we are", "we've": "we have",
    "we'd": "we would", "they're": "they are", "you're": "you are", "can't": "can not", "won't": "will not",
    "don't": "do not", "dont": "do not", "doesn't": "does not", "doesnt": "does not", "didn't": "did not",
    "didnt": "did not", "isn't": "is not", "isnt": "is not", "aren't": "are not", "arent": "are not",
    "wasn't": "was not", "wasnt": "was not", "weren't": "were not", "hasn't": "has not",
    "haven't": "have not",
    "let's": "let us", "lets": "let us", "whats": "what is", "wats": "what is", "hows": "how is",
    "whos": "who is", "wheres": "where is", "whens": "when is", "thats": "that is", "theres": "there is",
    "o'clock": "oclock", "y'all": "you all", "gimme": "give me", "wanna": "want to", "gonna": "going to",
    "lemme": "let me", "pls": "please", "plz": "please", "thx": "thanks", "u": "you",
    "r": "are", "whys": "why is",
    "hw": "how", "mch": "much", "wht": "what", "wat": "what", "teh": "the", "lst": "last", "wich": "which",
    "pwr": "power", "atm": "at the moment", "rn": "right now", "ystrdy": "yesterday", "yday": "yesterday",
    "tday": "today", "w/o": "without", "cuz": "because", "approx": "approximately", "hrs": "hours",
    "usd": "used", "cons": "consumption", "mins": "minutes", "kwhs": "kwh", "kws": "kw", "energie": "energy",
    "how'd": "how did", "what'd": "what did", "it'll": "it will", "we'll": "we will", "what'll": "what will",
}  # fmt: skip
ABBREVIATIONS = {short: word for short, word in _CONTRACTIONS.items() if " " not in word and "'" not in short}
"""Words that are written short in messages: "pwr", "ystrdy"."""
_IS_BEFORE_S = frozenset({"what", "who", "how", "where", "when", "why", "it", "that", "there", "here",
                          "which",
                          "everything", "anything", "something", "he", "she", "this"})  # fmt: skip


@dataclass(frozen=True)
class Word:
    """A folded word (lower case, no accents) and its place `[start, end)` in the original text.

    `possessive` marks a word that carried an 's, which is cut off.
    """

    text: str
    start: int
    end: int
    possessive: bool = False


@dataclass(frozen=True)
class Line:
    """The words of a text in order; masked parts stand as one placeholder word."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def _starts(self) -> dict[int, int]:
        starts, at = {}, 0
        for index, word in enumerate(self.words):
            starts[at] = index
            at += len(word.text) + 1
        return starts

    def find(self, pattern: re.Pattern[str]) -> "Iterable[tuple[int, int, re.Match[str]]]":
        """Every match that begins and ends between words, as word indexes `[first, last)` with the match."""
        for match in pattern.finditer(self.text):
            if match.start() not in self._starts or match.end() == match.start():
                continue
            first = self._starts[match.start()]
            yield first, first + len(match.group().split()), match

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the words `[first, last)` stand in the original text."""
        return self.words[first].start, self.words[last - 1].end

    def masked(self, first: int, last: int, placeholder: str) -> "Line":
        """This line with the words `[first, last)` as one placeholder."""
        start, end = self.span(first, last)
        return Line((*self.words[:first], Word(placeholder, start, end), *self.words[last:]))


def joined(pattern: str) -> str:
    """A pattern that is written over several lines as one; the lines' indentation does not count."""
    return "".join(line.strip() for line in pattern.splitlines())


def fold(text: str) -> str:
    """Lower case without accents; letters of other scripts stay as they are."""
    return folded(text)[0]


def folded(text: str) -> tuple[str, list[int]]:
    """`fold(text)` with, for each of its characters, the index it came from."""
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        decomposed = unicodedata.normalize("NFKD", character.casefold())
        plain = "".join(c for c in decomposed if not "̀" <= c <= "ͯ")
        for piece in unicodedata.normalize("NFC", plain):
            characters.append(piece)
            origins.append(index)
    return "".join(characters), origins


def compact(words: Sequence[str]) -> str:
    """Words without anything between them: "heat pump" and "heatpump" are the same."""
    return "".join(words)


def split(text: str) -> list[Word]:
    """The words of `text`: contractions are spelled out, a possessive 's is cut off, "3pm" is two words."""
    flat, origins = folded(text)
    words: list[Word] = []
    for match in _TOKEN.finditer(_shape(flat)):
        start, end = origins[match.start()], origins[match.end() - 1] + 1
        words.extend(_spelled_out(flat[match.start() : match.end()].replace("’", "'"), start, end))
    return words


def _shape(flat: str) -> str:
    """The text with every letter as `a` and every digit as `0`, so that one pattern serves all scripts."""
    return "".join(_kind(character) for character in flat)


def _kind(character: str) -> str:
    if character.isdecimal():
        return "0"
    if character.isalpha() or unicodedata.category(character).startswith("M"):
        return "a"
    return character


def _spelled_out(token: str, start: int, end: int) -> list[Word]:
    token = _SYMBOLS.get(token, token)
    if token in _CONTRACTIONS:
        return [Word(part, start, end) for part in _CONTRACTIONS[token].split()]
    stem, apostrophe, rest = token.partition("'")
    if apostrophe and rest == "s":
        parts = [stem, "is"] if stem in _IS_BEFORE_S else [stem]
        return [Word(part, start, end, possessive=len(parts) == 1) for part in parts]
    return [Word(part, start, end) for part in token.replace("'", " ").split()]
