"""Tables in HTML, which portals call `.xls`: the one with the most rows as CSV."""

import csv
import io
import re
from html.parser import HTMLParser
from typing import BinaryIO

from shared.errors import MalformedFile

_BEGINS = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|meta|body|table|\?xml[^>]*\?>\s*<html)", re.I
)
LARGEST_BYTES = 64 * 1024 * 1024


def is_html(begin: bytes) -> bool:
    """Whether a text is a page with a table."""
    return _BEGINS.match(begin) is not None and b"<table" in begin.lower()


class _Tables(HTMLParser):
    """Collects the cells of all tables, those of a table within another one apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """A table, row or cell begins."""
        if tag == "table":
            self._cell = None
            self._open.append([])
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._close()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open and self._open[-1]:
            self._close()
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """A table, row or cell ends."""
        if tag in ("td", "th", "tr", "table"):
            self._close()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """The text of a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is not None and self._open and self._open[-1]:
            self._open[-1][-1].append(" ".join("".join(self._cell).split()))
        self._cell = None


def write_html_table(source: BinaryIO, target: BinaryIO) -> None:
    """The largest table of a page. Raises `MalformedFile` for a page of more than 64 MB."""
    data = source.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise MalformedFile(f"The page has more than {LARGEST_BYTES >> 20} MB: save its table as CSV.")
    parser = _Tables()
    parser.feed(data.decode("utf-8", "replace"))
    rows = [row for row in max(parser.tables, key=len, default=[]) if row]
    # Semicolons: a comma in a number may be its decimal mark.
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    text.detach()
