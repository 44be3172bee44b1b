"""One JSON object a line, with the bound request on it."""

import json
import logging
from collections.abc import Iterator

import pytest

from shared.logs import bind_request, clear_request, configure_logs, get_logger
from shared.settings import LogFormat


@pytest.fixture(autouse=True)
def restored_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    clear_request()


def test_json_log_line_carries_event_level_and_request_id(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", LogFormat.JSON)
    bind_request(request_id="m-1")
    get_logger("askwatt.test").info("answered", devices=2)
    line = json.loads(capfd.readouterr().err)
    assert line["event"] == "answered"
    assert line["level"] == "info"
    assert line["devices"] == 2
    assert line["request_id"] == "m-1"
    assert line["timestamp"].endswith("Z")


def test_json_log_line_of_a_library_has_the_same_form(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", LogFormat.JSON)
    logging.getLogger("some.library").warning("slow %s", "disk")
    line = json.loads(capfd.readouterr().err)
    assert (line["event"], line["logger"]) == ("slow disk", "some.library")


def test_line_below_the_level_is_not_written(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("WARNING", LogFormat.JSON)
    get_logger("askwatt.test").info("chatter")
    assert capfd.readouterr().err == ""
