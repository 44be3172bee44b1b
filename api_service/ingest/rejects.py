"""The file of rejected lines: line, field, reason and raw text of each."""

import os
from pathlib import Path

from api_service.ingest.pipeline import REJECT_COLUMNS

HEADER = ",".join(REJECT_COLUMNS) + "\n"


class RejectsFile:
    """A CSV file that exists once there is a reject; `size` is what a resumed import keeps of it.

    What a run wrote after its last commit is cut off when the import is resumed, so that each reject stands
    in the file once.
    """

    def __init__(self, path: Path, keep_bytes: int = 0) -> None:
        self.path = path
        self.size = keep_bytes
        self.lost_earlier = False
        if not keep_bytes:
            path.unlink(missing_ok=True)
        elif not path.exists() or path.stat().st_size < keep_bytes:
            self.lost_earlier = True
            self.size = 0
        else:
            os.truncate(path, keep_bytes)

    def append(self, lines: str) -> None:
        """Write lines of CSV and have them on the disk before returning."""
        if not lines:
            return
        text = lines if self.size else HEADER + lines
        with self.path.open("ab" if self.size else "wb") as file:
            self.size += file.write(text.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())


def default_path(file: Path) -> Path:
    """`readings.csv` → `readings.csv.rejects.csv`, beside it."""
    return file.with_name(f"{file.name}.rejects.csv")
