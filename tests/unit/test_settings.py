"""Settings: what is accepted, how a bad value is told, and that `.env.example` is the whole truth."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.settings import Clock, Settings, describe, exposure_fault, load_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
SETTING = r"#[A-Z_]+="  # commented out: a copy of the file changes nothing


def example_lines() -> list[str]:
    return EXAMPLE.read_text(encoding="utf-8").splitlines()


def example_values() -> dict[str, str]:
    pairs = (line[1:].split("=", 1) for line in example_lines() if re.match(SETTING, line))
    return {name.lower(): value for name, value in pairs}


def test_env_example_names_exactly_the_settings() -> None:
    assert list(example_values()) == list(Settings.model_fields)


def test_env_example_gives_each_default(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in example_values().items()))
    read = Settings(_env_file=file)  # type: ignore[call-arg]
    assert read.model_fields_set == {name for name, value in example_values().items() if value}
    assert read.model_dump() == Settings().model_dump()


def test_env_example_documents_each_setting() -> None:
    """Every setting stands below a comment, alone or as one of two lines that share it."""
    lines = example_lines()
    for number, line in enumerate(lines):
        if re.match(SETTING, line):
            above = [lines[number - 1], lines[number - 2]]
            shared = re.match(SETTING, above[0]) and above[1].startswith("# ")
            assert above[0].startswith("# ") or shared, line


def test_settings_from_the_environment_win_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("CLOCK=wall\nPORT=8100\n")
    monkeypatch.setenv("CLOCK", "latest")
    read = Settings(_env_file=tmp_path / ".env")  # type: ignore[call-arg]
    assert (read.clock, read.port) == (Clock.LATEST, 8100)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("database_url", "postgres://localhost/x", "use sqlite+aiosqlite"),
        ("database_url", "sqlite:///x.db", "use sqlite+aiosqlite"),
        ("redis_url", "http://localhost", "use redis://"),
        ("site_timezone", "Mars/Olympus", "not an IANA time zone"),
        ("device", "cuda:x", "cuda:N"),
        ("device", "tpu", "cuda:N"),
        ("log_level", "LOUD", "use DEBUG"),
        ("clock", "sundial", "'wall' or 'latest'"),
        ("port", "70000", "less than or equal to 65535"),
        ("port", "eighty", "valid integer"),
        ("rate_limit", "fast", "such as 600/minute"),
        ("question_quota", "0/day", "such as 600/minute"),
        ("max_new_tokens", "0", "greater than or equal to 1"),
        ("chat_give_up_s", "15", "longer than CHAT_DEADLINE_S"),
    ],
)
def test_settings_with_a_bad_value_are_refused_with_a_reason(name: str, value: str, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        load_settings(**{name: value})
    assert reason in describe(refused.value)


@pytest.mark.parametrize("value", ["auto", "CPU", "cuda", "cuda:0", "cuda:11"])
def test_device_in_any_documented_form_is_accepted(value: str) -> None:
    assert load_settings(device=value).device == value.lower()


def start_with(tmp_path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from shared.settings import *; load_settings_or_exit(); print('started')",
    ]
    return subprocess.run(
        command,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )


def test_start_with_a_bad_value_ends_with_status_2_and_one_line(tmp_path: Path) -> None:
    ended = start_with(tmp_path, {"PORT": "eighty"})
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "PORT" in ended.stderr


def test_start_with_an_unknown_name_in_the_env_file_ends_with_status_2(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABSE_URL=sqlite+aiosqlite:///x.db\n")
    ended = start_with(tmp_path, {})
    assert ended.returncode == 2
    assert "DATABSE_URL: unknown setting" in ended.stderr


def test_start_with_an_untouched_copy_of_the_example_succeeds(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert start_with(tmp_path, {}).stdout == "started\n"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"host": "0.0.0.0"}, "HOST: 0.0.0.0 can be reached by others; set REQUIRE_KEYS=true"),
        ({"host": "0.0.0.0", "require_keys": True}, None),
        ({"host": "0.0.0.0", "allow_anonymous": True}, None),
        ({"require_keys": True, "allow_anonymous": True}, "ALLOW_ANONYMOUS: keys are asked for as well"),
        ({"cors_origins": ("https://a.example", "*")}, "CORS_ORIGINS: * would let every web page"),
        ({"allowed_hosts": ("*",)}, "ALLOWED_HOSTS: * without keys"),
        ({"allowed_hosts": ("*",), "require_keys": True}, None),
        ({"allowed_hosts": ("*",), "allow_anonymous": True}, None),
    ],
)
def test_unsafe_combinations_are_refused_with_what_helps(changes: dict[str, Any], named: str | None) -> None:
    fault = exposure_fault(load_settings(**changes))
    assert (fault is None) if named is None else (fault or "").startswith(named)
