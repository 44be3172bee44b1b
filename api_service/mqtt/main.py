"""`python -m api_service.mqtt.main`: subscribe at MQTT_URL, post to the gateway at MQTT_GATEWAY_URL."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterable, Iterator

from api_service.mqtt.bridge import Bridge, Inbox
from api_service.mqtt.broker import Broker, BrokerConnection, broker_address, tls_context
from api_service.mqtt.gateway import GatewayClient
from api_service.mqtt.health import ALIVE_EVERY_S, sign_of_life
from api_service.mqtt.sources import BadSources, Source, SourceMap, load_sources
from api_service.mqtt.translate import Translator
from shared.logs import configure_logs, get_logger
from shared.settings import EXIT_BAD_SETTINGS, Settings, load_settings_or_exit
from shared.tasks import cancel_and_wait

log = get_logger(__name__)


def main() -> None:
    """Run until SIGTERM or Ctrl-C; exit status 2 for settings or sources that cannot be used."""
    settings = load_settings_or_exit()
    configure_logs(settings.log_level, settings.log_format)
    with _exit_on("MQTT_SOURCES", BadSources):
        sources = load_sources(settings.mqtt_sources, settings.timezone)
    with _exit_on("MQTT_URL", ValueError):
        address = broker_address(settings.mqtt_url)
    with _exit_on("MQTT_CA_FILE", OSError):
        tls = tls_context(settings.mqtt_ca_file) if address.has_tls else None
    with _exit_on("MQTT_GATEWAY_URL or MQTT_API_KEY", ValueError):
        gateway = GatewayClient(gateway_url(settings), settings.mqtt_api_key)
    asyncio.run(run(Broker(address, tls, settings.mqtt_client_id), sources, gateway))


@contextlib.contextmanager
def _exit_on(setting: str, error_class: type[Exception]) -> Iterator[None]:
    """End with the exit status of bad settings and one line, where the error says that `setting` is one."""
    try:
        yield
    except error_class as error:
        sys.stderr.write(f"askwatt: {setting}: {error}\n")
        raise SystemExit(EXIT_BAD_SETTINGS) from None


async def run(broker: Broker, sources: SourceMap, gateway: GatewayClient) -> None:
    """Carry messages until a signal to stop comes; closes the gateway's client."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    inbox = Inbox()
    connections = connect(broker, sources, inbox)
    bridge = Bridge(inbox, Translator(sources), gateway)
    carrying = asyncio.create_task(bridge.run())
    others = [asyncio.create_task(work) for work in (bridge.report(), _live(connections), stopped.wait())]
    try:
        # A bridge that ends by itself has failed: the process ends with it and is started again.
        await asyncio.wait([carrying, others[-1]], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel_and_wait([carrying, *others])
        for connection in connections:
            await connection.close()
        await gateway.close()
    if not carrying.cancelled():
        carrying.result()


def gateway_url(settings: Settings) -> str:
    """Where the gateway listens: MQTT_GATEWAY_URL, else this machine's."""
    return settings.mqtt_gateway_url or f"http://127.0.0.1:{settings.port}"


def connect(broker: Broker, sources: SourceMap, inbox: Inbox) -> list[BrokerConnection]:
    """One connection whose messages wait while the bridge is away, and one whose messages are gone then.

    A message without a time of its own must not wait: it would be stored at the time at which it comes.
    Where the time is optional, messages come over both, and the translator takes each from one of them.
    """
    kept = _filters(source for source in sources.sources if source.may_wait)
    passing = _filters(source for source in sources.sources if source.is_of_its_arrival)
    connections = []
    for keeps_messages, filters in ((True, kept), (False, passing)):
        if filters:
            connection = BrokerConnection(
                broker.client_id if keeps_messages else f"{broker.client_id}-now",
                filters,
                keeps_messages=keeps_messages,
                on_message=inbox.put,
                on_sent_again=inbox.forget_unacknowledged,
            )
            connection.start(broker)
            connections.append(connection)
    return connections


def _filters(sources: Iterable[Source]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic for source in sources for topic in source.subscriptions))


async def _live(connections: list[BrokerConnection]) -> None:
    while True:
        if all(connection.is_connected for connection in connections):
            with contextlib.suppress(OSError):
                sign_of_life().touch()
        await asyncio.sleep(ALIVE_EVERY_S)


if __name__ == "__main__":
    main()
