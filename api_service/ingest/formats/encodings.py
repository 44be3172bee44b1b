"""The encoding of a text: by its marks, by its zeros, else by the words of its header."""

import codecs
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

FALLBACK = "cp1252"
_LOOKED_AT_BYTES = 4096


def find_encoding(begin: bytes) -> str | None:
    """The encoding of a text that is not UTF-8, by how it begins; None for UTF-8 and for what is no text."""
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = begin[:_LOOKED_AT_BYTES]
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if zeros[1] * 4 > len(head) > zeros[0] * 40:
        return "utf-16-le"
    if zeros[0] * 4 > len(head) > zeros[1] * 40:
        return "utf-16-be"
    header = begin[: begin.find(b"\n")] if b"\n" in begin else begin
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        return _by_words(head)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begin, final=False)
    except UnicodeDecodeError:
        # A few bad bytes in a UTF-8 file are faults of their lines; many are another encoding.
        is_mixed = any(lead in begin for lead in (b"\xc3", b"\xc2", b"\xe2"))
        return None if is_mixed or _bad_lines(begin) < 2 else _by_words(begin[: 16 * _LOOKED_AT_BYTES])
    return None


def _by_words(text: bytes) -> str:
    """The encoding in which the most known words stand in `text`."""
    counts = {name: sum(word in text for word in encoded) for name, encoded in _words().items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else FALLBACK


@cache
def _words() -> Mapping[str, frozenset[bytes]]:
    """By encoding its words as bytes, each in small letters, in capitals and with a capital first."""
    raw = tomllib.loads((files(__package__) / "encodings.toml").read_text("utf-8"))
    return {name: frozenset(_encoded(words, name)) for name, words in raw.items()}


def _encoded(words: Sequence[str], name: str) -> Iterator[bytes]:
    for word in words:
        for form in (word, word.upper(), word.capitalize()):
            try:
                found = form.encode(name)
            except UnicodeEncodeError:
                continue
            if not found.isascii():
                yield found


def _bad_lines(begin: bytes) -> int:
    """Lines that are no UTF-8, as far as it matters."""
    count = 0
    for line in begin.split(b"\n")[:-1]:
        if not line.isascii():
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                count += 1
                if count >= 2:
                    break
    return count
