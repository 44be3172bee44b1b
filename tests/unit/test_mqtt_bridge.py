"""The bridge between a broker and a gateway that fail: what it acknowledges, and when."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pytest

from api_service.ingest.line_protocol.points import Point, read_points
from api_service.mqtt.bridge import Bridge, Inbox
from api_service.mqtt.broker import BrokerAddress, Received, broker_address
from api_service.mqtt.gateway import GatewayClient
from api_service.mqtt.main import main
from api_service.mqtt.sources import load_sources
from api_service.mqtt.translate import Translator
from shared.settings import EXIT_BAD_SETTINGS
from tests.support.gateway import until

PARTIAL = -400
AT_US = 1_773_050_400_000_000


class ScriptedGateway:
    """A small HTTP server that answers with the next status of its script, at last with 204.

    `PARTIAL` is a 400 that says that the good lines are committed.
    """

    def __init__(self, *script: int) -> None:
        self.script = list(script)
        self.bodies: list[bytes] = []
        self.stored: list[Point] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            self.bodies.append(body)
            status = self.script.pop(0) if self.script else 204
            if status == 0:
                break  # the connection breaks before the answer
            if status in (204, PARTIAL):
                self.stored += [point for point in read_points(body, "us") if isinstance(point, Point)]
            text = json.dumps({"title": "Partial write", "status": 400}) if status == PARTIAL else ""
            writer.write(f"HTTP/1.1 {abs(status)} x\r\ncontent-length: {len(text)}\r\n\r\n{text}".encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(gateway: ScriptedGateway) -> AsyncIterator[GatewayClient]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await gateway.answer(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = GatewayClient(f"http://127.0.0.1:{port}", "secret", first_pause_s=0.01)
    yield client
    await client.close()
    server.close()


def message(number: int, acknowledged: list[int], qos: int = 1, payload: bytes = b"5") -> Received:
    topic = f"askwatt/d{number}/power"
    return Received(
        topic,
        payload,
        AT_US + number,
        is_retained=False,
        qos=qos,
        may_have_waited=False,
        acknowledge=lambda: acknowledged.append(number),
    )


@pytest.fixture
def running() -> Callable[[Inbox, GatewayClient], Awaitable["asyncio.Task[None]"]]:
    async def start(inbox: Inbox, client: GatewayClient) -> "asyncio.Task[None]":
        bridge = Bridge(inbox, Translator(load_sources(None, ZoneInfo("UTC"))), client)
        return asyncio.create_task(bridge.run())

    return start


@pytest.mark.parametrize(
    "script", [(503, 500), (0, 0), (401, 403, 429), (404, 502), (308, 302), (400, 409, 410)]
)
async def test_nothing_is_acknowledged_before_the_gateway_has_it(script: tuple[int, ...], running) -> None:  # type: ignore[no-untyped-def]
    gateway, inbox, acknowledged = ScriptedGateway(*script), Inbox(), list[int]()
    asked_when_acknowledged: list[int] = []
    async with serving(gateway) as client:
        task = await running(inbox, client)
        for number in range(3):
            inbox.put(message(number, acknowledged))
        await until(lambda: len(gateway.bodies) > 0)
        asked_when_acknowledged += acknowledged
        await until(lambda: len(acknowledged) == 3)
        task.cancel()

    assert asked_when_acknowledged == []
    assert len(gateway.bodies) == len(script) + 1
    assert {point.tags["device"] for point in gateway.stored} == {"d0", "d1", "d2"}


async def test_refused_body_is_halved_until_the_one_at_fault_is_alone(running) -> None:  # type: ignore[no-untyped-def]
    # Whole, first half, its one point; the second half is stored.
    gateway, inbox, acknowledged = ScriptedGateway(422, 422, 422), Inbox(), list[int]()
    async with serving(gateway) as client:
        task = await running(inbox, client)
        for number in range(4):
            inbox.put(message(number, acknowledged))
        await until(lambda: len(acknowledged) == 4)
        task.cancel()

    assert [point.tags["device"] for point in gateway.stored] == ["d1", "d2", "d3"]


async def test_partial_write_is_settled_with_one_request(running) -> None:  # type: ignore[no-untyped-def]
    gateway, inbox, acknowledged = ScriptedGateway(PARTIAL), Inbox(), list[int]()
    async with serving(gateway) as client:
        task = await running(inbox, client)
        inbox.put(message(1, acknowledged))
        await until(lambda: acknowledged == [1])
        task.cancel()

    assert len(gateway.bodies) == 1


async def test_message_without_a_reading_is_acknowledged_at_once(running) -> None:  # type: ignore[no-untyped-def]
    gateway, inbox, acknowledged = ScriptedGateway(), Inbox(), list[int]()
    async with serving(gateway) as client:
        task = await running(inbox, client)
        inbox.put(message(7, acknowledged, payload=b"unavailable"))
        await until(lambda: acknowledged == [7])
        task.cancel()

    assert gateway.bodies == []


async def test_inbox_is_bounded_for_messages_that_nobody_acknowledges() -> None:
    inbox = Inbox(most_waiting=2)
    for number in range(4):
        inbox.put(message(number, [], qos=0))
    inbox.put(message(9, [], qos=1))

    assert inbox.dropped == 2
    assert [received.topic for received in await inbox.take()] == [f"askwatt/d{n}/power" for n in (0, 1, 9)]
    assert len(inbox) == 0


async def test_inbox_is_bounded_by_bytes_too() -> None:
    inbox = Inbox(most_bytes=1000)  # a topic of 16 bytes and a payload of 484
    for number in range(4):
        inbox.put(message(number, [], qos=0, payload=b"5" * 484))
    assert inbox.dropped == 2

    await inbox.take()
    inbox.put(message(5, [], qos=0))

    assert (inbox.dropped, len(inbox)) == (2, 1)


async def test_what_the_broker_sends_once_more_waits_once() -> None:
    inbox = Inbox(most_bytes=1000)
    inbox.put(message(1, [], qos=1, payload=b"5" * 2000))
    inbox.put(message(2, [], qos=0))  # no room
    inbox.forget_unacknowledged()
    inbox.put(message(3, [], qos=0))
    inbox.put(message(1, [], qos=1))

    assert inbox.dropped == 1
    assert [received.topic[8:10] for received in await inbox.take()] == ["d3", "d1"]


async def test_inbox_whose_messages_are_forgotten_waits_for_others() -> None:
    inbox = Inbox()
    taking = asyncio.create_task(inbox.take())
    inbox.put(message(1, []))
    await asyncio.sleep(0)
    inbox.forget_unacknowledged()
    inbox.put(message(2, []))

    assert [received.topic[8:10] for received in await taking] == ["d2"]


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("MQTT_URL", "mqtt://broker:port", "MQTT_URL: the port of broker is no number up to 65535"),
        ("MQTT_URL", "mqtt://broker/topic", "MQTT_URL: use mqtt://user:password@host:1883"),
        ("MQTT_CA_FILE", "/nowhere/ca.pem", "MQTT_CA_FILE: /nowhere/ca.pem cannot be read"),
        ("MQTT_CA_FILE", __file__, f"MQTT_CA_FILE: {__file__} holds no certificate"),
        (
            "MQTT_GATEWAY_URL",
            "http://host:x",
            "MQTT_GATEWAY_URL or MQTT_API_KEY: http://host:x is no address",
        ),
        ("MQTT_API_KEY", "schlüssel", "MQTT_GATEWAY_URL or MQTT_API_KEY: a key is made of printable ASCII"),
        ("MQTT_SOURCES", "/nowhere.toml", "MQTT_SOURCES: /nowhere.toml cannot be read"),
    ],
)
def test_setting_that_cannot_be_used_ends_with_2_and_a_sentence(
    setting: str,
    value: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MQTT_URL", "mqtts://broker")
    monkeypatch.setenv(setting, value)

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == EXIT_BAD_SETTINGS
    said = capsys.readouterr().err
    assert said.startswith(f"askwatt: {sentence}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://broker", BrokerAddress("broker", 1883, None, None, False)),
        ("mqtts://me:p%40ss@broker:8884/", BrokerAddress("broker", 8884, "me", "p@ss", True)),
        ("mqtt://[::1]:1884", BrokerAddress("::1", 1884, None, None, False)),
    ],
)
def test_broker_address(url: str, expected: BrokerAddress) -> None:
    assert broker_address(url) == expected


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "mqtt://broker/topic", "mqtt://broker:port"])
def test_broker_address_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"mqtt://|port"):
        broker_address(url)
