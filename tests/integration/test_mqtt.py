"""The bridge beside a real broker and a real gateway, each of which is stopped and killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from tests.support.databases import SqliteDatabases
from tests.support.mqtt import MqttBroker, Publisher, needs_broker
from tests.support.servers import free_port
from tests.support.worker_process import child_process

pytestmark = needs_broker
BEGIN = datetime(2026, 3, 9, 10, tzinfo=UTC)
WITHIN_S = 90.0


class Processes:
    """A gateway and a bridge as processes of their own, on fixed ports over one database."""

    def __init__(self, database_url: str, redis_url: str, broker: MqttBroker, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PORT": str(self.port),
            "MQTT_URL": broker.url,
            "LOG_LEVEL": "WARNING",
            "TMPDIR": str(folder),
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, module: str) -> None:
        self._running[module] = child_process(["-m", module], self._environment)

    def end(self, module: str, number: signal.Signals) -> None:
        process = self._running.pop(module)
        process.send_signal(number)
        process.wait(20)

    def is_bridge_healthy(self) -> bool:
        command = [sys.executable, "-m", "api_service.mqtt.health"]
        return subprocess.run(command, check=False, env=self._environment).returncode == 0

    def close(self) -> None:
        for module in list(self._running):
            self.end(module, signal.SIGKILL)


GATEWAY, BRIDGE = "api_service.main", "api_service.mqtt.main"


@pytest.fixture(scope="module")
def broker() -> Iterator[MqttBroker]:
    with MqttBroker() as server:
        yield server


@contextmanager
def publisher(broker: MqttBroker) -> Iterator[Publisher]:
    client = Publisher(broker.port)
    try:
        yield client
    finally:
        client.close()


@pytest.fixture(scope="module")
async def database_url(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> str:
    return await sqlite_databases.create(tmp_path_factory.mktemp("mqtt"), migrated=True)


@pytest.fixture(scope="module")
async def processes(
    database_url: str, redis_url: str, broker: MqttBroker, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Processes]:
    """Started once; the tests of this module go on with them in their order."""
    started = Processes(database_url, redis_url, broker, tmp_path_factory.mktemp("alive"))
    try:
        yield started
    finally:
        started.close()


async def until(condition: Any) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def until_serving(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:

        async def answers() -> bool:
            try:
                return (await http.get("/health/live")).status_code == 200
            except httpx.TransportError:
                return False

        deadline = time.monotonic() + WITHIN_S
        while not await answers():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


def readings(database_url: str, device: str) -> list[Any]:
    """Watts, volts and power factor of a device's readings in order."""
    engine = create_engine(database_url.replace("+aiosqlite", ""))
    columns = "e.real_power_watt, e.voltage, e.power_factor"
    statement = (
        f"SELECT {columns} FROM electrical_data e JOIN devices d USING (cluster) WHERE d.file_name = :name"
    )
    with engine.connect() as connection:
        found = connection.execute(text(f"{statement} ORDER BY e.timestamp"), {"name": device}).all()
    engine.dispose()
    return [tuple(row) for row in found]


def messages(device: str, first: int, count: int) -> list[tuple[str, str]]:
    """A device's telemetry, a reading a second; the power says which one it is."""
    moments = ((number, BEGIN + timedelta(seconds=number)) for number in range(first, first + count))
    return [
        (f"tele/{device}/SENSOR", json.dumps({"Time": moment.isoformat(), "ENERGY": {"Power": number}}))
        for number, moment in moments
    ]


async def test_each_kind_of_meter_is_seen_by_the_gateway(
    processes: Processes, broker: MqttBroker, database_url: str
) -> None:
    with publisher(broker) as meter:
        # Values from before: a unit, which is of use, and a power, which is of nobody knows when.
        await meter.publish("homeassistant/sensor/oven_power/unit_of_measurement", '"kW"', retain=True)
        await meter.publish("homeassistant/sensor/oven_power/state", "9.9", retain=True)
        processes.start(GATEWAY)
        processes.start(BRIDGE)
        await until(processes.is_bridge_healthy)
        await meter.publish_all(messages("plug", 93, 1))
        await meter.publish_all([("zigbee2mqtt/hall/lamp", '{"power": "7", "state": "ON"}')], qos=0)
        burst = (("power", "400.5"), ("voltage", "231"), ("pf", "0.9"), ("total", "99"))
        await meter.publish_all([(f"shellies/em/emeter/0/{name}", value) for name, value in burst])
        await meter.publish("homeassistant/sensor/oven_power/state", "2.1", retain=True)
        await until_serving(processes.url)
        await until(
            lambda: all(readings(database_url, name) for name in ("plug", "hall/lamp", "em clamp", "oven"))
        )

    async with httpx.AsyncClient(base_url=processes.url) as http:
        active = (await http.get("/api/devices/")).json()
    assert {device["device_name"] for device in active} == {"hall/lamp", "em clamp", "oven"}
    assert readings(database_url, "plug") == [(93.0, None, None)]
    assert readings(database_url, "hall/lamp") == [(7.0, None, None)]
    assert readings(database_url, "em clamp") == [(400.5, 231.0, 0.9)]
    assert readings(database_url, "oven") == [(pytest.approx(2100.0), None, None)]


async def test_nothing_that_was_published_is_lost_or_stored_twice_when_each_part_dies(
    processes: Processes, broker: MqttBroker, database_url: str
) -> None:
    with publisher(broker) as meter:
        sending = asyncio.create_task(meter.publish_all(messages("pump", 0, 300)))
        await until(lambda: len(readings(database_url, "pump")) > 0)
        processes.end(GATEWAY, signal.SIGKILL)
        await sending
        await meter.publish_all(messages("pump", 300, 100))
        processes.end(BRIDGE, signal.SIGKILL)
        await meter.publish_all(messages("pump", 400, 100))
        processes.start(GATEWAY)
        processes.start(BRIDGE)
        await until(lambda: len(readings(database_url, "pump")) > 350)
    broker.restart()
    with publisher(broker) as meter:
        await meter.publish_all(messages("pump", 500, 100))
        await until(lambda: len(readings(database_url, "pump")) >= 600)

    assert [row[0] for row in readings(database_url, "pump")] == list(range(600))


def test_bridge_with_sources_that_cannot_be_read_ends_at_once(processes: Processes, tmp_path: Path) -> None:
    environment = {**os.environ, "MQTT_SOURCES": str(tmp_path / "none.toml")}
    ended = subprocess.run(
        [sys.executable, "-m", BRIDGE],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("askwatt: MQTT_SOURCES: ")
    assert "Traceback" not in ended.stderr
