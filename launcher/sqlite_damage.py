"""A damaged SQLite file is found before anything writes to it; it is set aside, never deleted.

SQLite itself tells of damage when it meets a damaged page, perhaps weeks later; takes an empty file for a
new database; and drops, without a word, all that follows a damaged page of the write-ahead log. So the start
looks through all three. Pages carry no checksum: a flipped bit of a stored value looks like any other value.
"""

import mmap
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from launcher.backups.stamps import stamp_of
from launcher.processes import die_with_parent

LOOK_S = 30.0  # a file of some gigabytes; of a larger one what comes first in it is looked through
LEAST_LOOK_S = 1.0
SUFFIXES = ("", "-wal", "-shm")
ASIDE = ".damaged-"
MENDS = "put a backup in its place (`make restore`), or begin with an empty database (`make db-init`)"

# The format of the write-ahead log: https://www.sqlite.org/fileformat2.html#walformat
LOG_HEADER = struct.Struct(">8I")
FRAME_HEADER = struct.Struct(">6I")
LOG_MAGIC = 0x377F0682  # with the last bit set checksums are of big-endian words
WORD = 0xFFFFFFFF


class DatabaseDamaged(Exception):
    """The message says what is damaged, where it lies now, and what helps."""


def refuse_damage(database_url: str, say: Callable[[str], None]) -> None:
    """Set a damaged SQLite file aside and raise `DatabaseDamaged`; so later, until one is in its place."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    path = Path(url.database)
    if not path.exists():
        if earlier := sorted(path.parent.glob(f"{path.name}{ASIDE}*Z")):
            raise DatabaseDamaged(f"{path} was damaged and lies in {earlier[-1]} now; {MENDS}")
        return
    if damage := _damage(path, say):
        aside = _set_aside(path)
        raise DatabaseDamaged(f"{path} is damaged: {damage}. It lies in {aside} now; {MENDS}")


def _damage(path: Path, say: Callable[[str], None]) -> str | None:
    """What is wrong with the file or its log, in words; None where nothing was found."""
    deadline = time.monotonic() + LOOK_S
    if path.stat().st_size == 0:
        return "the file is empty"
    if damage := _log_damage(path.with_name(f"{path.name}-wal"), deadline):
        return damage
    command = [sys.executable, "-m", "launcher.sqlite_pages", str(path)]
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=max(LEAST_LOOK_S, deadline - time.monotonic()),
            preexec_fn=die_with_parent(),
        )
    except subprocess.TimeoutExpired:
        say(f"{path} is large: no damage was found in {LOOK_S:.0f} s; the rest of it was not looked through")
        return None
    return done.stdout.strip() or None


def _set_aside(path: Path) -> Path:
    """Rename the file and its log, so that they still belong together; the new name."""
    aside = path.with_name(f"{path.name}{ASIDE}{stamp_of(datetime.now(UTC))}")
    for suffix in SUFFIXES:
        part = path.with_name(f"{path.name}{suffix}")
        if part.exists():
            part.rename(aside.with_name(f"{aside.name}{suffix}"))
    return aside


def _log_damage(path: Path, deadline: float) -> str | None:
    if not path.exists() or path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
        return log_damage(log, deadline)


def log_damage(log: bytes | mmap.mmap, deadline: float) -> str | None:
    """What is wrong with a write-ahead log; None for one that a lost power may have left.

    Each commit is on the disk before the next one is written, so a lost power leaves one unfinished
    transaction at the end. Two ends of transactions after the first bad page mean that something acknowledged
    is lost. After the `deadline`, a `time.monotonic`, the rest is taken for sound.
    """
    if len(log) < LOG_HEADER.size or not any(log[: LOG_HEADER.size]):
        return None
    magic, _, page_bytes, _, *salts, sum1, sum2 = LOG_HEADER.unpack_from(log)
    order = ">" if magic & 1 else "<"
    sums = _checksum(log[:24], (0, 0), order)
    frames = range(
        LOG_HEADER.size, len(log) - FRAME_HEADER.size - page_bytes + 1, FRAME_HEADER.size + page_bytes
    )
    if magic & ~1 != LOG_MAGIC or sums != (sum1, sum2):
        return "the beginning of its write-ahead log cannot be read"
    for number, at in enumerate(frames):
        if time.monotonic() > deadline:
            return None
        header = log[at : at + FRAME_HEADER.size]
        page = log[at + FRAME_HEADER.size : at + FRAME_HEADER.size + page_bytes]
        sums = _checksum(page, _checksum(header[:8], sums, order), order)
        if header[8:] != struct.pack(">4I", *salts, *sums):
            ends = sum(_ends_transaction(log, later, salts) for later in frames[number:])
            return None if ends < 2 else f"of its write-ahead log {number} of {len(frames)} pages can be read"
    return None


def _ends_transaction(log: bytes | mmap.mmap, at: int, salts: list[int]) -> bool:
    """Whether the frame is of this log, not of one before it in the same file, and the last of a commit."""
    _, pages_then, *found, _, _ = FRAME_HEADER.unpack_from(log, at)
    return pages_then > 0 and found == salts


def _checksum(part: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(part) // 4}I", part)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & WORD
        second = (second + odd + first) & WORD
    return first, second
