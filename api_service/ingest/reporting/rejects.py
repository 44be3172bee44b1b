"""The file of rejected lines: line, field, reason and raw text of each; never over another file."""

import os
from pathlib import Path

from api_service.ingest.pipeline import REJECT_COLUMNS
from shared.errors import InvalidInput

HEADER = ",".join(REJECT_COLUMNS) + "\n"


class RejectsFile:
    """A CSV file that exists once there is a reject; `size` is what a resumed import keeps of it.

    What a run wrote after its last commit is cut off when the import is resumed, so that each reject stands
    in the file once. `is_resumed`: the path was chosen by an earlier run of the same import.
    """

    def __init__(self, path: Path, keep_bytes: int = 0, *, is_resumed: bool = False) -> None:
        self.path = path
        self.size = keep_bytes
        self.lost_earlier = False
        self._may_exist = is_resumed
        if is_resumed and not keep_bytes:
            return
        if keep_bytes and (not path.exists() or path.stat().st_size < keep_bytes):
            self.lost_earlier = True
            self.size = 0
        elif keep_bytes:
            os.truncate(path, keep_bytes)

    def append(self, lines: str) -> None:
        """Write lines of CSV and have them on the disk before returning.

        Raises `InvalidInput` where another file has taken the path meanwhile.
        """
        if not lines:
            return
        text = lines if self.size else HEADER + lines
        mode = "ab" if self.size else "wb" if self._may_exist else "xb"
        try:
            with self.path.open(mode) as file:
                self.size += file.write(text.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            raise InvalidInput(
                f"{self.path} has come to be meanwhile; name another file with --rejects."
            ) from None


def free_path(file: Path) -> Path:
    """`readings.csv` → `readings.csv.rejects.csv` beside it, or `.rejects.2.csv` where that exists."""
    number = 1
    while True:
        infix = "" if number == 1 else f".{number}"
        path = file.with_name(f"{file.name}.rejects{infix}.csv")
        if not path.exists() and not path.is_symlink():
            return path
        number += 1
