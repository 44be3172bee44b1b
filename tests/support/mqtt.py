"""A real MQTT broker for the suite: Debian's mosquitto on a free port, which keeps its sessions on disk."""

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.binaries import find_mosquitto
from tests.support.servers import Server

BINARY = find_mosquitto()
needs_broker = pytest.mark.skipif(BINARY is None, reason="no MQTT broker: apt install mosquitto")


class MqttBroker(Server):
    """mosquitto without passwords, or with the one in `password` for the user `meter`."""

    def command(self) -> list[str]:
        """See `Server.command`."""
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {self.folder}/",
            "max_queued_messages 0",
            "user root",
        ]
        (self.folder / "mosquitto.conf").write_text("\n".join(lines))
        return [str(BINARY), "-c", str(self.folder / "mosquitto.conf")]

    def answers(self) -> bool:
        """Whether a connection is accepted."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    @property
    def url(self) -> str:
        """What `MQTT_URL` holds."""
        return f"mqtt://127.0.0.1:{self.port}"


class Publisher:
    """A client that publishes, and waits until the broker has taken each message (QoS 1)."""

    def __init__(self, port: int) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    async def publish(self, topic: str, payload: str, **more: Any) -> None:
        """Publish and wait for the broker's acknowledgement."""
        await self.publish_all([(topic, payload)], **more)

    async def publish_all(self, messages: Iterable[tuple[str, str]], qos: int = 1, **more: Any) -> None:
        """Publish in order and wait for all acknowledgements."""
        sent = [self._client.publish(topic, payload, qos, **more) for topic, payload in messages]
        for info in sent:
            await asyncio.to_thread(info.wait_for_publish, 30)
            assert info.is_published()

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()
