"""The import command as a user meets it: what it prints, and its exit codes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from api_service.scripts.import_csv_data import main
from api_service.scripts.undo_import import main as undo_import

REPOSITORY = Path(__file__).parents[2]
GOOD = "timestamp,cluster,real_power_watt\n2026-03-09T00:00:00Z,1,100\n2026-03-09T00:01:00Z,1,200\n"


@dataclass(frozen=True)
class Done:
    """What a command left: exit code and words."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command within this process, which saves the start of another one, in the test's folder."""

    def called(url: str, *arguments: str) -> Done:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.chdir(tmp_path)
        try:
            code = main(list(arguments))
        except SystemExit as end:
            code = int(str(end.code))
        words = capsys.readouterr()
        return Done(code, words.out, words.err)

    return called


def test_command_reports_and_exits_0_with_rejects_and_again(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "r.csv").write_text(GOOD + "bad\n")
    first = run(sqlite_url, "r.csv", "--rejects", "bad.csv")
    assert (first.returncode, first.stderr) == (0, "")
    assert "r.csv: 2 accepted, 0 duplicates, 1 rejected, of 3 data lines" in first.stdout
    assert "rejected 1 x fewer fields than the header (line 4)" in first.stdout
    assert "each rejected line stands in bad.csv" in first.stdout
    assert (tmp_path / "bad.csv").read_text().splitlines()[1] == "4,,fewer fields than the header,bad"
    again = run(sqlite_url, "r.csv")
    assert again.returncode == 0
    assert "0 accepted, 2 duplicates" in again.stdout
    assert "in lines 2-3" in again.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("timestamp,cluster,real_power_watt\n", "has a header but no readings"),
        ("a,b\n1,2\n", "No column holds moments: name it with --map COLUMN=timestamp"),
        ("", "The file is empty"),
        ("timestamp,cluster,real_power_watt\nx,y,z\n", "0 accepted, 0 duplicates, 1 rejected"),
    ],
)
def test_command_with_nothing_to_import_exits_1_and_says_why(
    run: Run, sqlite_url: str, tmp_path: Path, content: str, sentence: str
) -> None:
    (tmp_path / "r.csv").write_text(content)
    done = run(sqlite_url, "r.csv")
    assert done.returncode == 1
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("missing.csv",), "There is no file missing.csv"),
        ((".",), "is a folder"),
        (("r.csv", "--timezone", "Mars/Olympus"), "is not an IANA time zone"),
        (("r.csv", "--delimiter", "::"), "name comma, semicolon, tab"),
        (("r.csv", "--batch-bytes", "10"), "between 65536"),
        ((), "required: FILE"),
    ],
)
def test_command_used_wrongly_exits_2_and_says_how(
    run: Run, sqlite_url: str, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "r.csv").write_text(GOOD)
    done = run(sqlite_url, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("mysql://localhost/x", 2, "DATABASE_URL: use sqlite+aiosqlite:///path or postgresql+asyncpg://"),
        ("sqlite+aiosqlite:///fresh.db", 1, "run `make db-init` first"),
        ("sqlite+aiosqlite:////proc/no/such.db", 2, "DATABASE_URL: No such file or directory: "),
        ("postgresql+asyncpg://askwatt@127.0.0.1:1/x", 1, "check DATABASE_URL and that it runs"),
    ],
)
def test_command_with_a_wrong_database_says_so_in_one_line(
    run: Run, tmp_path: Path, url: str, code: int, sentence: str
) -> None:
    (tmp_path / "r.csv").write_text(GOOD)
    done = run(url, "r.csv")
    assert done.returncode == code
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("change", [("/test_", "/missing_"), ("askwatt@", "stranger@")])
def test_command_with_a_wrong_name_on_a_running_postgresql_says_so_in_one_line(
    run: Run, postgres_database_url: str, tmp_path: Path, change: tuple[str, str]
) -> None:
    (tmp_path / "r.csv").write_text(GOOD)
    done = run(postgres_database_url.replace(*change), "r.csv")
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_command_interrupted_says_that_it_goes_on_and_does(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    lines = [f"{1_773_000_000 + i},1,{i % 90}\n" for i in range(200_000)]
    (tmp_path / "r.csv").write_text("timestamp,cluster,real_power_watt\n" + "".join(lines))
    command = [sys.executable, "-m", "api_service.scripts.import_csv_data", "r.csv", "--batch-bytes", "65536"]
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wal = tmp_path / "askwatt.db-wal"
        deadline = time.monotonic() + 60
        while not (wal.exists() and wal.stat().st_size > 500_000) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == ("askwatt: stopped. What was imported is kept; run the same command again to go on.\n")
    again = run(sqlite_url, "r.csv", "--batch-bytes", "65536")
    assert "went on after line" in again.stdout
    assert "200000 accepted, 0 duplicates, 0 rejected, of 200000 data lines" in again.stdout


def test_command_on_a_full_disk_says_so_and_goes_on_once_there_is_room(
    sqlite_url: str, tmp_path: Path
) -> None:
    lines = [f"{1_773_000_000 + i},1,{i % 90}\n" for i in range(20_000)]
    (tmp_path / "r.csv").write_text("timestamp,cluster,real_power_watt\n" + "".join(lines))
    command = [sys.executable, "-m", "api_service.scripts.import_csv_data", "r.csv", "--batch-bytes", "65536"]
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "PYTHONPATH": str(REPOSITORY)}
    # No file may grow beyond a megabyte: to SQLite that is a full disk.
    limited = ["sh", "-c", 'ulimit -f 2048; exec "$@"', "sh", *command]
    full = subprocess.run(
        limited, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert full.returncode == 1
    assert full.stderr.startswith("askwatt: ")
    assert full.stderr.endswith("run the same command again to go on.\n")
    assert len(full.stderr.splitlines()) == 1
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert "r.csv: 20000 accepted, 0 duplicates, 0 rejected, of 20000 data lines" in done.stdout


def test_command_takes_the_sample_out_before_the_first_file_of_ones_own(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "sample_household.csv").write_text(GOOD)
    (tmp_path / "own.csv").write_text(GOOD.replace("00:00Z,1,100", "05:00Z,1,7"))
    assert run(sqlite_url, "sample_household.csv").returncode == 0
    kept = run(sqlite_url, "own.csv", "--dry-run")
    assert "sample household" not in kept.stdout
    first = run(sqlite_url, "own.csv")
    assert "the sample household is taken out (2 readings)" in first.stdout
    assert "own.csv: 2 accepted, 0 duplicates" in first.stdout
    again = run(sqlite_url, "own.csv")
    assert "sample household" not in again.stdout


def test_command_tells_readings_that_are_stored_at_other_times_and_undoes_them(
    run: Run, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"2026-03-09 10:{at:02},{100 + at * 7 % 23}\n" for at in range(40))
    (tmp_path / "oven.csv").write_text(f"time,power [W]\n{rows}")
    first = run(sqlite_url, "oven.csv", "--timezone", "Europe/Madrid")
    assert "stored ones" not in first.stdout
    again = run(sqlite_url, "oven.csv", "--timezone", "UTC")
    assert "40 x these readings equal stored ones 1 h earlier" in again.stdout
    assert undo_import([]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["2", "1"]
    assert undo_import(["7", "--yes"]) == 2
    assert undo_import(["2", "--yes"]) == 0
    assert "40 readings of oven.csv are taken out" in capsys.readouterr().err
    third = run(sqlite_url, "oven.csv", "--timezone", "Europe/Madrid")
    assert "oven.csv: 0 accepted, 40 duplicates" in third.stdout


def test_command_shows_values_before_and_after_without_storing_them(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "my oven.csv").write_text("time,power [kW],voltage [V]\n2026-03-09 10:00,0.5,230\n")
    done = run(sqlite_url, "my oven.csv", "--dry-run", "--device", "Plug")
    assert "power [kW]: 0.5 -> 500.0" in done.stdout
    command = "python -m api_service.scripts.import_csv_data 'my oven.csv' --device Plug"
    assert f"to store them: {command}" in done.stdout
    assert "1 accepted" in run(sqlite_url, "my oven.csv", "--device", "Plug").stdout
