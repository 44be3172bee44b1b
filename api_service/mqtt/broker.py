"""Connections to the broker: MQTT 5 through paho, whose messages are acknowledged by hand.

paho runs a thread of its own, connects again by itself with a growing pause, and is told by `ReceiveMaximum`
how many messages the broker may send ahead of their acknowledgement: with the size of the largest one, 64 MB.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from shared.logs import get_logger

log = get_logger(__name__)

MOST_UNACKNOWLEDGED = 2000
LARGEST_MESSAGE_BYTES = 32 * 1024
SESSION_KEPT_S = 7 * 86_400
KEEP_ALIVE_S = 30
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1, 60
FORM = "use mqtt://user:password@host:1883 or mqtts://user:password@host:8883"
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class BrokerAddress:
    """Where the broker is and how to enter."""

    host: str
    port: int
    user: str | None
    password: str | None
    has_tls: bool


def broker_address(url: str) -> BrokerAddress:
    """The address in `mqtt://user:password@host:port` or `mqtts://…`; raises `ValueError`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(FORM) from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/"):
        raise ValueError(FORM)
    user, password = (
        unquote(text) if text is not None else None for text in (parts.username, parts.password)
    )
    try:
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError:
        raise ValueError(f"the port of {parts.hostname} is no number up to 65535") from None
    return BrokerAddress(parts.hostname, port, user, password, parts.scheme == "mqtts")


@dataclass(frozen=True)
class Broker:
    """The broker, how its certificate is checked (None: no TLS), and the name of the session there."""

    address: BrokerAddress
    tls: ssl.SSLContext | None
    client_id: str


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that trusts the authorities in a file, or the system's; raises `OSError` for what is none."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise OSError(f"{ca_file} holds no certificate (PEM)") from None
    except OSError as error:
        raise OSError(f"{ca_file} cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class Received:
    """A message, and how to acknowledge it.

    `may_have_waited`: it came over the connection whose messages the broker keeps, so that its arrival says
    nothing of when it was published.
    """

    topic: str
    payload: bytes
    arrived_us: int
    is_retained: bool
    qos: int
    may_have_waited: bool
    acknowledge: Callable[[], None]


class BrokerConnection:
    """One client of the broker; `on_message` is called in the event loop that made the connection.

    With `keeps_messages` the broker keeps messages for this client while it is away, for a week; after a
    lost connection it sends what is not acknowledged once more, and `on_sent_again` is called before.
    """

    def __init__(
        self,
        client_id: str,
        filters: tuple[str, ...],
        *,
        keeps_messages: bool,
        on_message: Callable[[Received], None],
        on_sent_again: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._filters = filters
        self._keeps_messages = keeps_messages
        self._on_message = on_message
        self._on_sent_again = on_sent_again
        self._connects = 0
        self.is_connected = False
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, manual_ack=True
        )
        self._client.reconnect_delay_set(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = lambda *_: log.info("broker_not_reached", client_id=client_id)
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._received

    def start(self, broker: Broker) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        address = broker.address
        if broker.tls is not None:
            self._client.tls_set_context(broker.tls)
        if address.user is not None:
            self._client.username_pw_set(address.user, address.password)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = MOST_UNACKNOWLEDGED
        properties.MaximumPacketSize = LARGEST_MESSAGE_BYTES
        properties.SessionExpiryInterval = SESSION_KEPT_S if self._keeps_messages else 0
        self._client.connect_async(
            address.host,
            address.port,
            keepalive=KEEP_ALIVE_S,
            clean_start=not self._keeps_messages,
            properties=properties,
        )
        self._client.loop_start()

    async def close(self) -> None:
        """Disconnect; what is not acknowledged yet stays with the broker."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    # The methods from here on run in paho's thread.

    def _connected(self, _client: Any, _data: Any, flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            log.error("broker_refused", reason=str(code))
            return
        self._connects += 1
        self.is_connected = True
        log.info("broker_connected", session_kept=flags.session_present, topics=len(self._filters))
        if flags.session_present:
            self._in_loop(self._on_sent_again)
        # With QoS 1 the broker would hold messages back for a client that is slow, and send them late.
        qos = 1 if self._keeps_messages else 0
        options = SubscribeOptions(qos=qos, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE)
        self._client.subscribe([(topic, options) for topic in self._filters])

    def _disconnected(
        self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        self.is_connected = False
        if code.is_failure:
            log.warning("broker_lost", reason=str(code))

    def _subscribed(
        self, _client: Any, _data: Any, _id: int, codes: list[ReasonCode], _properties: Any
    ) -> None:
        for topic, code in zip(self._filters, codes, strict=False):
            if code.is_failure:
                log.error("subscription_refused", topic=topic, reason=str(code))

    def _received(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        connection, packet, qos = self._connects, message.mid, message.qos

        def acknowledge() -> None:
            # A packet's number belongs to its connection: on a new one the broker sends the message again.
            if qos and connection == self._connects and self.is_connected:
                self._client.ack(packet, qos)

        try:
            topic = message.topic
        except UnicodeDecodeError:
            acknowledge()
            return
        received = Received(
            topic,
            bytes(message.payload),
            time.time_ns() // 1000,
            is_retained=bool(message.retain),
            qos=qos,
            may_have_waited=self._keeps_messages,
            acknowledge=acknowledge,
        )
        self._in_loop(self._on_message, received)

    def _in_loop(self, call: Callable[..., None], *given: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(call, *given)
