"""`make run` through real processes: fresh folder, answer, second start, and no process left behind."""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from launcher.first_question import get
from tests.e2e.instance import Instance, left_behind, processes_of, run_local
from tests.support.servers import free_port

RECOVERY_S = 60.0
BUNDLED = Path(__file__).parents[2] / "inference_worker" / "bundled_model"


@dataclass(frozen=True)
class FirstRun:
    folder: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    folder = tmp_path_factory.mktemp("fresh")
    return FirstRun(folder, run_local(folder, "--once", PORT=str(free_port())))


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with Instance(tmp_path_factory.mktemp("serving")) as running:
        yield running


def wait_until_ready(instance: Instance, deadline: float) -> None:
    while get(f"{instance.base_url}/health/ready")[0] != 200:
        assert time.monotonic() < deadline, "not ready again"
        time.sleep(0.2)


def test_first_run_on_a_fresh_folder_prints_an_answer_from_the_data(first_run: FirstRun) -> None:
    printed = first_run.done.stdout
    assert first_run.done.returncode == 0, printed + first_run.done.stderr
    answer = re.search(r"AskWatt  (.+)", printed)
    devices = re.search(r"devices  (.+)", printed)
    confidence = re.search(r"confidence  (0\.\d\d|1\.00) \((the model|words)", printed)
    evidence = re.search(r"evidence  (.+): energy \w+ (\S+) kWh .* readings", printed)
    assert answer is not None, printed
    assert devices is not None, printed
    assert confidence is not None, printed
    assert evidence is not None, printed
    assert devices[1].split(",")[0].lower() in answer[1].lower()


def test_first_run_with_once_leaves_no_process_behind(first_run: FirstRun) -> None:
    assert left_behind(first_run.folder) == []


def test_second_run_answers_without_another_import_and_ends_in_order_and_whole(first_run: FirstRun) -> None:
    with Instance(first_run.folder) as running:
        assert "import" not in running.text().lower()
        assert "AskWatt" in running.text()
        names = {part for process in processes_of(first_run.folder) for part in process.cmdline()}
        assert {"api_service.main", "inference_worker.main"} <= names
        assert running.stop(signal.SIGINT) == 0
    assert left_behind(first_run.folder) == []


def test_missing_model_is_named_a_question_waits_for_it_and_a_killed_run_leaves_no_process(
    first_run: FirstRun,
) -> None:
    with Instance(first_run.folder, MODEL_NAME="./no-such-model") as running:
        status, body = get(f"{running.base_url}/health/ready")
        assert status == 503
        assert {name for name, part in body["parts"].items() if not part["ok"]} == {"worker"}
        for said in (running.text(), body["parts"]["worker"]["detail"]):
            assert "no-such-model" in said
            assert "MODEL_NAME" in said
        assert len(get(f"{running.base_url}/api/devices/")[1]) >= 8
        with ThreadPoolExecutor(1) as asking:
            answer = asking.submit(running.ask, "How many kWh did the fridge use yesterday?")
            time.sleep(3.0)
            assert not answer.done()
            shutil.copytree(BUNDLED, first_run.folder / "no-such-model")
            assert answer.result()["devices"] == ["Fridge"]
        assert running.process is not None
        running.process.kill()
        running.process.wait()
        assert left_behind(first_run.folder) == []


def test_open_address_without_keys_is_refused_before_anything_starts(tmp_path: Path) -> None:
    refused = run_local(tmp_path, HOST="0.0.0.0")
    assert refused.returncode == 2
    assert "HOST: 0.0.0.0 can be reached by others; set REQUIRE_KEYS=true or API_KEYS_FILE" in refused.stderr
    assert not (tmp_path / "var").exists()


def test_database_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    refused = run_local(
        tmp_path,
        PORT=str(free_port()),
        DATABASE_URL="postgresql+asyncpg://askwatt:geheim@127.0.0.1:1/askwatt",
    )
    assert refused.returncode == 1
    assert "DATABASE_URL" in refused.stderr
    assert "geheim" not in refused.stderr
    assert "Traceback" not in refused.stderr
    assert left_behind(tmp_path) == []


def test_bad_setting_ends_with_status_2_before_anything_starts(tmp_path: Path) -> None:
    refused = run_local(tmp_path, SITE_TIMEZONE="Mars/Olympus")
    assert refused.returncode == 2
    assert "SITE_TIMEZONE" in refused.stderr
    assert not (tmp_path / "var").exists()


def test_second_instance_in_the_same_folder_is_refused(instance: Instance) -> None:
    refused = run_local(instance.folder, PORT=str(free_port()))
    assert refused.returncode == 1
    assert "already running in this folder" in refused.stderr
    assert f"port {instance.port}" in refused.stderr


def test_busy_port_is_named_with_another_one(instance: Instance, tmp_path: Path) -> None:
    refused = run_local(tmp_path, PORT=str(instance.port))
    assert refused.returncode == 1
    assert f"port {instance.port}: Address already in use" in refused.stderr
    assert f"make run PORT={instance.port + 1}" in refused.stderr
    assert left_behind(tmp_path) == []


def test_worker_holds_no_connection_to_the_database(instance: Instance) -> None:
    worker: psutil.Process = instance.child("inference_worker.main")
    opened = {Path(file.path).name for file in worker.open_files()}
    assert not {name for name in opened if name.startswith("askwatt.db")}


def test_worker_killed_is_started_again_and_answers(instance: Instance) -> None:
    instance.child("inference_worker.main").kill()
    deadline = time.monotonic() + RECOVERY_S
    while "starting it again" not in instance.text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    answer = instance.ask("How many kWh did the fridge use yesterday?")
    assert answer["devices"] == ["Fridge"]
    wait_until_ready(instance, deadline)


def test_api_and_redis_killed_are_started_again_and_answer(instance: Instance) -> None:
    restarts = instance.text().count("starting it again")
    instance.child("api_service.main").kill()
    redis = next(p for p in processes_of(instance.folder) if "redis-server" in p.name())
    redis.kill()
    deadline = time.monotonic() + RECOVERY_S
    while instance.text().count("starting it again") < restarts + 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "the API ended with status -9; its log var/logs/api.log ends with:" in instance.text()
    assert "the private Redis ended with status -9" in instance.text()
    wait_until_ready(instance, deadline)
    assert instance.ask("How many kWh did the fridge use yesterday?")["devices"] == ["Fridge"]


def test_instance_with_restarted_parts_ends_in_order_and_whole(instance: Instance) -> None:
    assert instance.stop(signal.SIGTERM) == 0
    assert left_behind(instance.folder) == []
