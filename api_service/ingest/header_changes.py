"""Lines amid a file that name its columns in another way than its header: what follows is another table."""

import re
from collections.abc import Iterator

from api_service.ingest.lanes.fields import split
from api_service.ingest.layout import Layout
from shared.errors import MalformedFile

_NUMBER = re.compile(r"\s*[+-]?\d+(?:[.,]\d+)*\s*")
_LONGEST_LINE = 1 << 20


class HeaderChanges:
    """Looks through a file, chunk by chunk from its beginning, for the names of its columns."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._names = {column.place: column.name.strip() for column in layout.columns}
        words = sorted({name for name in self._names.values() if len(name) > 1}, key=len)
        self._sought = [word.encode() for word in words[-2:]]
        self._rest = b""
        self._lines = 0

    def look_through(self, chunk: bytes) -> None:
        """Raises `MalformedFile` for a line that names other columns, or the same ones in another order."""
        data = self._rest + chunk
        whole = data.rfind(b"\n") + 1
        for at in self._found(data, whole):
            begin = data.rfind(b"\n", 0, at) + 1
            line = self._lines + data.count(b"\n", 0, begin) + 1
            if line > self._layout.data.line and self._differs(data[begin : data.find(b"\n", at)]):
                raise MalformedFile(
                    f"In line {line} the columns change: the lines from there on are another table. Split "
                    "the file there and import both parts."
                )
        self._lines += data.count(b"\n", 0, whole)
        self._rest = data[whole:] if len(data) - whole < _LONGEST_LINE else b""

    def _found(self, data: bytes, whole: int) -> Iterator[int]:
        for word in self._sought:
            at = data.find(word, 0, whole)
            while at >= 0:
                yield at
                # One place a line is enough.
                at = data.find(word, data.find(b"\n", at), whole)

    def _differs(self, line: bytes) -> bool:
        cells = split(line.decode("utf-8", "replace").rstrip("\r"), self._layout.delimiter) or []
        found = [cell.strip().strip('"') for cell in cells]
        known = sum(cell in self._names.values() for cell in found)
        if known < 2 or any(map(_NUMBER.fullmatch, found)):
            return False
        return any(found[place : place + 1] != [name] for place, name in self._names.items())
