"""Texts that are nearly CSV: lines that end with CR, apostrophes for quotes, columns parted by blanks."""

import csv
import io
import re
from typing import BinaryIO

_DELIMITER = re.compile(rb"[,;\t|]")
_QUOTED = re.compile(rb"\s*'[^']*'(?:\s*[,;\t|]\s*'[^']*')+\s*")
LOOKED_AT_LINES = 30


def _lines(begin: bytes) -> list[bytes]:
    return [line for line in begin.splitlines()[:LOOKED_AT_LINES] if line.strip()]


def ends_with_cr(begin: bytes) -> bool:
    """Whether lines end with a carriage return alone."""
    return b"\n" not in begin and begin.count(b"\r") > 1


def write_with_lf(source: BinaryIO, target: BinaryIO) -> None:
    """The same text with line feeds."""
    while chunk := source.read(1 << 20):
        target.write(chunk.replace(b"\r", b"\n"))


def has_apostrophes(begin: bytes) -> bool:
    """Whether every field of the first lines stands between apostrophes."""
    lines = _lines(begin)
    return len(lines) > 1 and all(_QUOTED.fullmatch(line) for line in lines[:5])


def write_unquoted(source: BinaryIO, target: BinaryIO) -> None:
    """The same table with plain quotes where they are needed."""
    lines = io.TextIOWrapper(source, "utf-8", "replace", newline="")
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    first = lines.readline()
    delimiter = next(mark for mark in ",;\t|" if f"'{mark}" in re.sub(r"\s", "", first) or mark == "|")
    reader = csv.reader([first, *lines], delimiter=delimiter, quotechar="'", skipinitialspace=True)
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(reader)
    lines.detach()
    text.detach()


def is_parted_by_blanks(begin: bytes) -> bool:
    """Whether no line holds a common delimiter, and all the same number of words."""
    lines = _lines(begin)[:-1]
    if len(lines) < 2 or any(_DELIMITER.search(line) for line in lines):
        return False
    counts = {len(_cells(line.decode("utf-8", "replace"))) for line in lines[1:]}
    return len(counts) == 1 and counts.pop() > 1


def write_parted_by_tabs(source: BinaryIO, target: BinaryIO) -> None:
    """The same table with tabs; a date and the time behind it stay together."""
    for line in io.TextIOWrapper(source, "utf-8", "replace", newline="\n"):
        target.write("\t".join(_cells(line)).encode() + b"\n")


def _cells(line: str) -> list[str]:
    """The words of a line; where some are two blanks apart, only those part columns."""
    text = line.strip()
    together = re.sub(r"(\d{1,4}[-./]\d{1,2}[-./]\d{1,4}) +(\d{1,2}:\d{2})", r"\1T\2", text)
    parts = re.split(r"\s{2,}", together) if re.search(r"\S\s{2,}\S", together) else together.split()
    return [re.sub(r"(?<=\d)T(?=\d{1,2}:\d{2})", " ", part) for part in parts]
