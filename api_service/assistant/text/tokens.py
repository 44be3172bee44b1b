"""A question's text as tokens that know their place: words, numbers, dates, times of day, punctuation."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"0000-00?-00?(?!0)"  # 2026-03-08
    r"|0000-a00(?![0a])"  # 2026-W11
    r"|00?[./]00?[./](?:0000|00)(?!0)"  # 10.03.2026, 10/3/26
    r"|00?/00?(?![0/])"  # 12/03
    r"|00?:00(?::00)?(?!0)"  # 14:30
    r"|0{1,3}(?:,000)+(?:[.]0+)?(?!0)"  # 1,000.5
    r"|0+(?:[.,]0+)?"
    r"|a\.a\.(?!a)"  # p.m.
    r"|a+(?:['’]a+)*"
    r"|[^\s]"
)
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_COMPARISONS = {">": "above", "≥": "above", "⩾": "above", "<": "below", "≤": "below", "⩽": "below"}


@dataclass(frozen=True, slots=True)
class Token:
    """A folded piece of text (lower case, no accents) and its place `[start, end)` in the original.

    `glued` is true where nothing stands between it and the token before.
    """

    text: str
    start: int
    end: int
    glued: bool = False

    @property
    def is_word(self) -> bool:
        """Whether it begins with a letter."""
        return self.text[0].isalpha()

    @property
    def is_number(self) -> bool:
        """Whether it begins with a digit."""
        return self.text[0].isdecimal()


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of `text` in order; "3pm" is two, "5th" and "o'clock" are one."""
    flat, shape = _fold(text)
    tokens: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(shape):
        start, glued = match.start(), match.start() == end and bool(tokens)
        end = match.end()
        word = _plain(flat[start:end])
        if glued and word in _ORDINAL_ENDINGS and tokens[-1].text.isdecimal():
            before = tokens.pop()
            tokens.append(Token(before.text + word, before.start, end, before.glued))
        elif word:
            tokens.append(Token(word, start, end, glued))
    return tuple(tokens)


def with_comparisons(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with "above" and "below" for the signs before a number: "thd > 8 %", "power <= 2 kW"."""
    found: list[Token] = []
    for token in tokens:
        last = found[-1] if found else None
        if token.text == "=" and last is not None and token.glued and last.text in _COMPARISONS:
            found[-1] = Token(last.text, last.start, token.end, last.glued)
        elif token.is_number and last is not None and last.text in _COMPARISONS:
            found[-1] = Token(_COMPARISONS[last.text], last.start, last.end)
            found.append(Token(token.text, token.start, token.end))
        else:
            found.append(token)
    return tuple(found)


def words_text(tokens: Sequence[Token]) -> str:
    """Tokens joined by single spaces."""
    return " ".join(token.text for token in tokens)


def fold_word(word: str) -> str:
    """Lower case without accents, for comparing with tokens."""
    return _plain(_fold(word)[0])


def _fold(text: str) -> tuple[str, str]:
    """The folded text and its shape (letters as `a`, digits as `0`); both as long as `text`."""
    if text.isascii():
        flat = text.lower()
        return flat, flat.translate(_ASCII_SHAPE)
    pieces = [_fold_character(character) for character in text]
    return "".join(piece[0] for piece in pieces), "".join(piece[1] for piece in pieces)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> tuple[str, str]:
    category = unicodedata.category(character)
    if category.startswith("M"):
        return character, "a"
    plain = unicodedata.normalize("NFKD", character.casefold())[:1] or " "
    if unicodedata.category(plain).startswith("M"):
        plain = character  # Thai's "sara am" begins with its mark
    if plain.isspace() or category.startswith("C"):
        return " ", " "
    return plain, "0" if plain.isdecimal() else "a" if plain.isalpha() else plain


def _plain(word: str) -> str:
    """Without combining accents of Latin letters; apostrophes straight."""
    if word.isascii():
        return word
    kept = "".join(c for c in word if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", kept).replace("’", "'")


_ASCII_SHAPE = {
    **{ord(digit): "0" for digit in "0123456789"},
    **{ord(letter): "a" for letter in "abcdefghijklmnopqrstuvwxyz"},
}
