"""Conversions in bounds: a small file may not fill the disk, and a broken one is told as such."""

import io
import shutil
import tempfile
from collections.abc import Callable
from typing import BinaryIO, cast

from shared.errors import AskWattError, MalformedFile

Convert = Callable[[BinaryIO, BinaryIO], None]
# Readings written once a second pack about 50 times smaller, bombs a thousand times and more.
MOST_TIMES_LARGER = 300
SMALL_BYTES = 256 * 1024 * 1024
KEPT_FREE_BYTES = 512 * 1024 * 1024
CHECKED_EVERY_BYTES = 64 * 1024 * 1024


class _Bounded(io.RawIOBase):
    """Writes into `target` up to `limit_bytes`, as long as the disk of temporary files has room."""

    def __init__(self, target: BinaryIO, limit_bytes: int) -> None:
        super().__init__()
        self._target = target
        self._limit_bytes = limit_bytes
        self._written = 0
        self._next_check = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: "bytes | bytearray | memoryview[int]", /) -> int:  # type: ignore[override]
        """Write all of `data`. Raises `MalformedFile` beyond the limits."""
        self._written += memoryview(data).nbytes
        if self._written > self._limit_bytes:
            raise MalformedFile(
                f"Unpacked, the file has more than {self._limit_bytes >> 20} MB, over {MOST_TIMES_LARGER} "
                "times its size: if that is right, unpack it and import the result."
            )
        if self._written >= self._next_check:
            self._next_check = self._written + CHECKED_EVERY_BYTES
            if shutil.disk_usage(tempfile.gettempdir()).free < KEPT_FREE_BYTES:
                raise MalformedFile(
                    f"Unpacked, the file fills the disk of {tempfile.gettempdir()}: make room first."
                )
        return self._target.write(data)


def convert_into(target: BinaryIO, source: BinaryIO, name: str, convert: Convert) -> None:
    """Convert from the beginning of `source` into `target`.

    Raises `MalformedFile` for what grows beyond bounds, and for whatever a reader of the format called `name`
    stumbles over: their exceptions have no common base.
    """
    limit_bytes = max(SMALL_BYTES, MOST_TIMES_LARGER * source.seek(0, 2))
    source.seek(0)
    try:
        convert(source, cast(BinaryIO, _Bounded(target, limit_bytes)))
    except (AskWattError, MemoryError):
        raise
    except OSError as error:
        if error.errno:
            raise  # the disk is at fault, not the file
        raise MalformedFile(f"The file looks like {name}, but is damaged or cut: {error}.") from error
    except Exception as error:
        what = str(error).strip() or type(error).__name__
        raise MalformedFile(
            f"The file looks like {name}, but cannot be read as that ({what[:200]}): "
            "export it again, or as CSV."
        ) from error
