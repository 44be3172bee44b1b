"""The shipped alert rules and dashboard speak of metrics that the gateway really serves."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from shared import VERSION
from tests.support.gateway import fill, gateway_of, settings_of

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/askwatt.rules.yml"
DASHBOARD = ROOT / "deploy/grafana/askwatt.json"
NAME = re.compile(r"\b((?:askwatt|process|python)_\w+)")
PROMTOOL = shutil.which("promtool")


def alerts() -> list[dict[str, str]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def expressions() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [*shown, *(alert["expr"] for alert in alerts())]


async def test_rules_and_dashboard_name_only_what_is_served(sqlite_url: str, redis_db: str) -> None:
    async with gateway_of(settings_of(sqlite_url, redis_db)) as gateway:
        await fill(gateway)
        text = (await gateway.http.get("/metrics")).text
    served = set(re.findall(r"^(\w+)", text, re.MULTILINE))
    named = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(named) > 12
    assert named <= served
    # Prometheus' conventions: base units, `_total` for counters alone.
    kinds = dict(re.findall(r"^# TYPE (askwatt_\w+) (\w+)", text, re.MULTILINE))
    for name, kind in kinds.items():
        assert name.endswith("_total") == (kind == "counter"), name
        assert not re.search(r"_(ms|us|minutes|hours|kb|mb|percent)(_|$)", name), name
    assert 'askwatt_readings_total{outcome="accepted"} ' in text
    assert f'version="{VERSION}"' in text
    if PROMTOOL:
        command = [PROMTOOL, "check", "metrics"]
        linted = await asyncio.to_thread(
            subprocess.run, command, check=False, input=text, text=True, capture_output=True
        )
        ours = [line for line in linted.stderr.splitlines() if "askwatt" in line]
        assert ours == []


def value_of(text: str, sample: str) -> float:
    return float(re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)[1])  # type: ignore[index]


async def test_metrics_count_ended_questions_and_imported_readings_and_show_the_pool(
    sqlite_url: str, redis_db: str, tmp_path: Path
) -> None:
    samples = (
        'askwatt_questions_total{outcome="cancelled"}',
        'askwatt_import_readings_total{outcome="accepted"}',
        'askwatt_import_readings_total{outcome="duplicate"}',
        "askwatt_import_rejected_lines_total",
    )
    lines = ["timestamp,cluster,real_power_watt", *(f"2026-03-01T00:00:0{n}Z,5,{n}" for n in (1, 2, 2))]
    upload = {"file": ("meter.csv", "\n".join([*lines, "no time,5,3", ""]))}
    settings = settings_of(sqlite_url, redis_db, uploads_folder=tmp_path / "uploads", database_pool_size=7)
    async with gateway_of(settings) as gateway:
        before = (await gateway.http.get("/metrics")).text
        headers = {"Prefer": "respond-async"}
        asked = await gateway.http.post("/api/chat/", json={"user_message": "hello"}, headers=headers)
        for _ in range(2):  # the second cancellation finds it ended
            await gateway.services.chat.cancel(asked.json()["message_id"])
        taken = await gateway.http.post("/api/imports/", files=upload)
        where = taken.headers["location"]
        while (await gateway.http.get(where)).json()["state"] in {"queued", "running"}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        text = (await gateway.http.get("/metrics")).text
    assert [value_of(text, sample) - value_of(before, sample) for sample in samples] == [1, 2, 1, 1]
    assert value_of(text, "askwatt_database_connections_max") == 7
    assert 0 <= value_of(text, "askwatt_database_connections_in_use") <= 7


def test_each_alert_is_explained_to_the_operator() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert [alert["alert"] for alert in alerts() if f"`{alert['alert']}`" not in page] == []


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool (Debian's package prometheus)")
@pytest.mark.parametrize("command", ["check rules askwatt.rules.yml", "test rules askwatt.tests.yml"])
def test_promtool_accepts_the_rules_and_their_tests(command: str) -> None:
    done = subprocess.run(
        [str(PROMTOOL), *command.split()], cwd=RULES.parent, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
