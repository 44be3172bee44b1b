"""No log line of a gateway holds a key, a password or what a user wrote, whatever goes wrong."""

import io
import logging

import pytest
from sqlalchemy import make_url

from api_service.database.sessions import create_engine
from shared.logs import configure_logs
from shared.settings import LogFormat
from tests.support.gateway import gateway_of, settings_of
from tests.support.servers import PostgresServer, RedisServer

CLIENT = ("httpx", "httpcore")  # of this test, in the same process

PASSWORD, KEY, QUESTION = "pa55-of-the-database", "k3y-that-nobody-may-see", "what did my secret heater use"


@pytest.mark.parametrize("log_format", list(LogFormat))
async def test_logs_hold_no_secret(
    log_format: LogFormat, private_postgres: PostgresServer, private_redis: RedisServer
) -> None:
    url = make_url(private_postgres.url()).set(password=PASSWORD).render_as_string(hide_password=False)
    settings = settings_of(
        url, private_redis.url, log_level="DEBUG", log_format=log_format, require_keys=True
    )
    output = io.StringIO()
    try:
        async with gateway_of(settings) as gateway:
            for handler in logging.getLogger().handlers:
                if isinstance(handler, logging.StreamHandler):
                    handler.setStream(output)
                    handler.addFilter(lambda record: not record.name.startswith(CLIENT))
            headers = {"Authorization": f"Bearer {KEY}", "Cookie": f"session={KEY}"}
            for path in ("/api/devices/", "/health", f"/api/devices/?token={KEY}"):
                await gateway.http.get(path, headers=headers)
            await gateway.ask(QUESTION)
            private_postgres.stop()
            private_redis.stop()
            await gateway.http.get("/api/devices/", headers={"X-API-Key": KEY})
            await gateway.http.get("/health/ready")
            try:
                raise RuntimeError("a fault of ours")
            except RuntimeError:
                logging.getLogger("api_service").exception("unexpected")
    finally:
        configure_logs("WARNING", LogFormat.CONSOLE)
    text = output.getvalue()
    assert "unexpected" in text  # what is logged is seen here
    assert len(text.splitlines()) > 5
    for secret in (PASSWORD, KEY, QUESTION):
        assert secret not in text


def test_engine_shows_no_password() -> None:
    url = f"postgresql+asyncpg://askwatt:{PASSWORD}@127.0.0.1:1/askwatt"
    assert PASSWORD not in repr(create_engine(settings_of(url, "redis://127.0.0.1:1/0")))
