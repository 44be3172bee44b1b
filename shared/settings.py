"""One frozen `Settings`, read once in each process's `main` and passed down from there."""

import ipaddress
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.zones import is_zone

EXIT_BAD_SETTINGS = 2
AUTO, OFF = "auto", "off"
_RATE = r"[1-9]\d{0,8}/(second|minute|hour|day)"
_RATES = re.compile(rf"{_RATE}(\s*,\s*{_RATE})*", re.ASCII)
SECRETS_FOLDER = Path("/run/secrets")  # where Docker and Kubernetes mount them


class Clock(StrEnum):
    """What "now" means to devices and questions."""

    WALL = "wall"
    LATEST = "latest"


class Environment(StrEnum):
    """Where this runs; in production `make reset` wants FORCE=1."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How a log line is written."""

    JSON = "json"
    CONSOLE = "console"


class Precision(StrEnum):
    """The number format of the model's weights; `auto` measures at start and takes the faster one."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    INT8 = "int8"


class EngineKind(StrEnum):
    """`continuous`: our own batching engine; `reference`: Hugging Face `generate`, slow and plain."""

    CONTINUOUS = "continuous"
    REFERENCE = "reference"


def _split(names: object) -> object:
    """`a, b` as a tuple; anything else as it is."""
    if not isinstance(names, str):
        return names
    return tuple(name.strip() for name in names.split(",") if name.strip())


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """Every setting of both services; `.env.example` documents each, and a test holds the two equal."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="forbid", frozen=True
    )

    environment: Environment = Environment.DEVELOPMENT

    # Data
    database_url: str = "sqlite+aiosqlite:///./var/askwatt.db"
    redis_url: str = "redis://127.0.0.1:6379/0"
    site_timezone: str = "UTC"
    clock: Clock = Clock.WALL

    # Gateway
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    api_keys_file: Path | None = None
    require_keys: bool = False
    allow_anonymous: bool = False
    allowed_hosts: Names = ()
    cors_origins: Names = ()
    rate_limit: str = AUTO
    question_quota: str = AUTO
    wrong_key_limit: str = AUTO
    max_connections_per_address: Annotated[int, Field(ge=0, le=100_000)] = 256
    chat_deadline_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    chat_max_waiting: Annotated[int, Field(ge=1, le=100_000)] = 200
    chat_sweep_interval_s: Annotated[float, Field(gt=0, le=3600)] = 5.0
    chat_give_up_s: Annotated[float, Field(ge=10, le=86_400)] = 600.0
    max_conversation_history: Annotated[int, Field(ge=0, le=100)] = 10
    max_request_bytes: Annotated[int, Field(ge=1024, le=1 << 34)] = 64 * 1024 * 1024
    max_upload_bytes: Annotated[int, Field(ge=1024, le=1 << 40)] = 4 * 1024 * 1024 * 1024
    uploads_folder: Path = Path("var/uploads")
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = 10
    retention_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    database_statement_timeout_s: Annotated[float, Field(gt=0, le=3600)] = 30.0

    # MQTT bridge
    mqtt_url: str = "mqtt://127.0.0.1:1883"
    mqtt_client_id: Annotated[str, Field(min_length=1, max_length=60)] = "askwatt"
    mqtt_ca_file: Path | None = None
    mqtt_sources: Path | None = None
    mqtt_gateway_url: str = ""
    mqtt_api_key: str = ""

    # Worker
    device: str = "auto"
    model_name: str = "bundled"
    model_revision: str | None = None
    model_cache_timeout: Annotated[float, Field(ge=0)] = 0.0
    max_new_tokens: Annotated[int, Field(ge=1, le=1024)] = 96
    max_prompt_tokens: Annotated[int, Field(ge=64, le=4096)] = 512
    precision: Precision = Precision.AUTO
    engine: EngineKind = EngineKind.CONTINUOUS
    max_batch: Annotated[int, Field(ge=1, le=1024)] = 16
    torch_threads: Annotated[int, Field(ge=0, le=1024)] = 0
    job_timeout_s: Annotated[float, Field(ge=5, le=600)] = 60.0

    # Logs
    log_level: str = "INFO"
    log_format: LogFormat = LogFormat.CONSOLE
    traces_endpoint: str = ""

    @field_validator("site_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if not is_zone(value):
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Madrid")
        return value

    @field_validator("database_url")
    @classmethod
    def _async_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError(
                "use sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/database"
            )
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("use redis://host:port/database, rediss://… or unix://path")
        return value

    @field_validator("mqtt_url")
    @classmethod
    def _mqtt_scheme(cls, value: str) -> str:
        if not value.startswith(("mqtt://", "mqtts://")):
            raise ValueError("use mqtt://user:password@host:1883 or mqtts://user:password@host:8883")
        return value

    @field_validator("mqtt_gateway_url")
    @classmethod
    def _gateway_scheme(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("use http://host:port or https://host")
        return value.rstrip("/")

    @field_validator("rate_limit", "question_quota", "wrong_key_limit")
    @classmethod
    def _known_rates(cls, value: str) -> str:
        if value not in {AUTO, OFF} and not _RATES.fullmatch(value):
            raise ValueError("use auto, off, or rates such as 600/minute, 20000/day")
        return value

    @field_validator("device")
    @classmethod
    def _known_device(cls, value: str) -> str:
        device = value.lower()
        numbered = device.startswith("cuda:") and device[5:].isdigit()
        if device not in {"auto", "cpu", "cuda"} and not numbered:
            raise ValueError("use auto, cpu, cuda or cuda:N")
        return device

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = value.upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("use DEBUG, INFO, WARNING or ERROR")
        return level

    @model_validator(mode="after")
    def _gives_up_after_the_deadline(self) -> Self:
        if self.chat_give_up_s <= self.chat_deadline_s:
            raise ValueError("CHAT_GIVE_UP_S must be longer than CHAT_DEADLINE_S")
        return self

    @property
    def timezone(self) -> ZoneInfo:
        """The site's zone, in which days begin and windows are named."""
        return ZoneInfo(self.site_timezone)

    @property
    def asks_for_keys(self) -> bool:
        """Whether a caller must show a key."""
        return self.require_keys or self.api_keys_file is not None


def exposure_fault(settings: Settings) -> str | None:
    """Why the gateway may not start as it is set: others could get at it in a way that is hardly meant."""
    if not (is_loopback(settings.host) or settings.asks_for_keys or settings.allow_anonymous):
        return (
            f"HOST: {settings.host} can be reached by others; set REQUIRE_KEYS=true or API_KEYS_FILE, "
            "or ALLOW_ANONYMOUS=true if something in front of it guards the door"
        )
    if settings.asks_for_keys and settings.allow_anonymous:
        return "ALLOW_ANONYMOUS: keys are asked for as well; take one of ALLOW_ANONYMOUS and the keys out"
    if "*" in settings.cors_origins:
        return (
            "CORS_ORIGINS: * would let every web page that somebody opens use the API; "
            "name the origins, such as https://app.example.org"
        )
    if "*" in settings.allowed_hosts and not (settings.asks_for_keys or settings.allow_anonymous):
        return (
            "ALLOWED_HOSTS: * without keys lets any web page point a name of its own at this server (DNS "
            "rebinding); name the hosts, or set REQUIRE_KEYS=true"
        )
    return None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings(**overrides: Any) -> Settings:
    """Read environment, `.env` and files of secrets; raise `ValidationError` on an unknown or bad value.

    A file `SECRETS_FOLDER`/database_url holds DATABASE_URL, and so on: passwords that no environment shows.
    """
    folder = SECRETS_FOLDER if SECRETS_FOLDER.is_dir() else None
    return Settings(_secrets_dir=folder, **overrides)


def load_settings_or_exit(**overrides: Any) -> Settings:
    """Like `load_settings`, but a bad value ends the process with exit code 2 and one clear line."""
    try:
        return load_settings(**overrides)
    except ValidationError as error:
        sys.stderr.write(f"askwatt: bad setting: {describe(error)}\n")
        raise SystemExit(EXIT_BAD_SETTINGS) from None


def describe(error: ValidationError) -> str:
    """One line: each bad setting by its environment name, with what is wrong."""
    parts = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        name = ".".join(str(part) for part in item["loc"]).upper()
        reason = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            reason = "unknown setting (see .env.example)"
        parts.append(f"{name}: {reason}" if name else reason)
    return "; ".join(parts)
