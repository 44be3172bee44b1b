"""Damage of SQLite's files: found where it is, and a log that a lost power left is not called damaged."""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher import sqlite_damage
from launcher.sqlite_damage import DatabaseDamaged, log_damage, refuse_damage

COMMITS = 12
PAGE_BYTES = 4096
LOG_HEADER_BYTES, FRAME_BYTES = 32, 24 + PAGE_BYTES
NEVER = float("inf")


def fill(path: Path) -> None:
    """Some hundred pages of rows in the file itself."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE readings (id INTEGER PRIMARY KEY, value TEXT)")
        rows = [(f"reading {number:06} " * 20,) for number in range(2000)]
        connection.executemany("INSERT INTO readings (value) VALUES (?)", rows)
        connection.execute("CREATE INDEX by_value ON readings (value)")
        connection.commit()


def leave_a_log(path: Path, *, is_second: bool = False) -> bytes:
    """Commits in the log, as a killed process leaves them; with `is_second` over an older, longer log."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        for commits in (4 * COMMITS, COMMITS) if is_second else (COMMITS,):
            connection.execute("PRAGMA wal_checkpoint(RESTART)")
            for _ in range(commits):
                connection.execute("INSERT INTO readings (value) VALUES ('late')")
                connection.commit()
        log = path.with_name(f"{path.name}-wal").read_bytes()
        shutil.copy(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").replace(path)
    path.with_name(f"{path.name}-wal").write_bytes(log)
    return log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("log") / "some.db"
    fill(path)
    return leave_a_log(path)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "askwatt.db"
    fill(path)
    return path


def refuse(path: Path) -> None:
    refuse_damage(f"sqlite+aiosqlite:///{path}", print)


def last_two_commits(log: bytes) -> int:
    """Where the frames of the last two commits begin: each commit's last frame says how large the file is."""
    ends = [
        at
        for at in range(LOG_HEADER_BYTES, len(log), FRAME_BYTES)
        if any(log[at + 4 : at + 8])  # "size of the database after the commit", 0 on other frames
    ]
    assert len(ends) >= COMMITS
    return ends[-2]


@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_flipped_bits_before_the_last_commits_are_found(log: bytes, place: float, mask: int) -> None:
    # The frame of the last commit but one is the last whose loss cannot be that of one unfinished commit.
    end = last_two_commits(log)
    at = int(place * end)
    damaged = bytearray(log)
    damaged[at] ^= mask
    assert log_damage(bytes(damaged), NEVER)


@given(place=st.floats(0, 1))
def test_log_cut_anywhere_is_what_a_lost_power_leaves(log: bytes, place: float) -> None:
    assert log_damage(log[: int(place * len(log))], NEVER) is None


@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_last_commit_may_be_half_written(log: bytes, place: float, mask: int) -> None:
    begin = last_two_commits(log) + FRAME_BYTES
    torn = bytearray(log)
    torn[begin + int(place * (len(log) - begin))] ^= mask
    assert log_damage(bytes(torn), NEVER) is None


def test_older_log_behind_the_present_one_is_no_damage(database: Path) -> None:
    log = leave_a_log(database, is_second=True)
    assert log_damage(log, NEVER) is None
    refuse(database)
    damaged = bytearray(log)
    damaged[LOG_HEADER_BYTES + FRAME_BYTES] ^= 1
    assert log_damage(bytes(damaged), NEVER)


def test_whole_file_with_a_log_is_left_as_it_is(database: Path) -> None:
    log = leave_a_log(database)
    before = database.read_bytes()
    refuse(database)
    assert database.read_bytes() == before
    assert database.with_name("askwatt.db-wal").read_bytes() == log
    with closing(sqlite3.connect(database)) as connection:
        late = "SELECT count(*) FROM readings WHERE value = 'late'"
        assert connection.execute(late).fetchone()[0] == COMMITS


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("header", "file is not a database"),
        ("cut", "malformed"),
        ("page", "page"),
        ("empty", "the file is empty"),
        ("log", "pages can be read"),
        ("log header", "the beginning of its write-ahead log"),
    ],
)
def test_damaged_file_is_set_aside_with_its_log_and_named(database: Path, damage: str, said: str) -> None:
    log_file = database.with_name("askwatt.db-wal")
    if damage.startswith("log"):
        log = bytearray(leave_a_log(database))
        log[10 if damage == "log header" else len(log) // 3] ^= 255
        log_file.write_bytes(log)
    content = bytearray(database.read_bytes())
    assert len(content) > 100 * PAGE_BYTES
    if damage == "header":
        content[:100] = b"\0" * 100
    elif damage == "cut":
        del content[50 * PAGE_BYTES :]
    elif damage == "page":
        content[60 * PAGE_BYTES : 61 * PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    elif damage == "empty":
        content.clear()
    database.write_bytes(content)
    with pytest.raises(
        DatabaseDamaged, match=f"(?i)askwatt.db is damaged: .*{said}.*make restore"
    ) as refused:
        refuse(database)
    (aside,) = database.parent.glob("askwatt.db.damaged-*Z")
    assert str(aside) in str(refused.value)
    assert aside.read_bytes() == content
    if damage.startswith("log"):
        assert aside.with_name(f"{aside.name}-wal").read_bytes() == log
    assert not database.exists()
    assert not log_file.exists()
    with pytest.raises(DatabaseDamaged, match=f"was damaged and lies in .*{aside.name} now"):
        refuse(database)
    fill(database)
    refuse(database)


def test_large_file_is_looked_through_for_a_while_and_said_so(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(sqlite_damage, "LEAST_LOOK_S", 0.0)
    monkeypatch.setattr(sqlite_damage, "LOOK_S", 0.0)
    refuse_damage(f"sqlite+aiosqlite:///{database}", said.append)
    assert "the rest of it was not looked through" in said[0]


def test_log_beyond_the_time_is_taken_for_sound(log: bytes) -> None:
    damaged = bytearray(log)
    damaged[len(log) // 3] ^= 1
    assert log_damage(bytes(damaged), time.monotonic() - 1) is None


@pytest.mark.parametrize("url", ["postgresql+asyncpg://askwatt@nowhere/askwatt", "sqlite+aiosqlite://"])
def test_databases_without_a_file_of_ours_are_not_looked_at(url: str) -> None:
    refuse_damage(url, print)
