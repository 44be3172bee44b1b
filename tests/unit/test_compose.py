"""docker-compose.yml by the Compose Specification's schema, and by what the design asks of it."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest
import yaml
from starlette.responses import JSONResponse

from api_service.edge.api_keys import REQUIRED
from api_service.edge.origins import KnownHosts
from api_service.main import SHUTDOWN_GRACE_S
from inference_worker.timeouts import DRAIN_S
from shared import settings as settings_module
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SCHEMA = json.loads((ROOT / "tests/data/compose_spec/compose_spec.json").read_text(encoding="utf-8"))
OURS = ["migrate", "api", "mqtt", "backup", "worker-cpu", "worker-gpu"]


def problems(compose: dict[str, Any]) -> list[str]:
    # The top-level name is younger than this edition of the schema.
    described = {name: value for name, value in compose.items() if name != "name"}
    return [error.message for error in jsonschema.Draft201909Validator(SCHEMA).iter_errors(described)]


def test_compose_file_is_valid_by_the_specification() -> None:
    assert problems(COMPOSE) == []


def test_compose_file_with_a_misspelt_key_is_not_valid() -> None:
    broken = {**COMPOSE, "services": {**SERVICES, "api": {**SERVICES["api"], "healthchek": {}}}}
    assert problems(broken)


def test_compose_publishes_the_api_on_loopback_and_with_tls_alone_to_others() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:${PORT:-8000}:8000"], "caddy": ["80:80", "443:443"]}
    assert SERVICES["caddy"]["profiles"] == ["tls"]
    assert "network_mode" not in TEXT


def test_caddy_lets_nobody_in_without_a_key() -> None:
    caddyfile = (ROOT / "deploy/caddy/Caddyfile").read_text(encoding="utf-8")
    (proxied,) = re.findall(r"reverse_proxy [^\n]*\{\n(.*?)\n\t\}", caddyfile, re.DOTALL)
    assert f"header_up {REQUIRED} true" in proxied.lower()
    assert caddyfile.count("reverse_proxy") == 1


def test_compose_reserves_a_gpu_in_the_gpu_profile_alone() -> None:
    reserving = {name for name, service in SERVICES.items() if "deploy" in service}
    assert reserving == {"worker-gpu"}
    device = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"][0]
    assert device == {"driver": "nvidia", "device_ids": ["${GPU_ID:-0}"], "capabilities": ["gpu"]}
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    assert SERVICES["worker-cpu"]["profiles"] == ["cpu"]


def test_compose_worker_cannot_reach_the_database() -> None:
    for worker in ("worker-cpu", "worker-gpu"):
        assert "data" not in SERVICES[worker]["networks"]
        assert "DATABASE_URL" not in SERVICES[worker]["environment"]
    assert SERVICES["postgres"]["networks"] == ["data"]
    assert COMPOSE["networks"]["data"] == {"internal": True}


def test_compose_starts_in_the_order_of_need() -> None:
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["api"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["api"]["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_compose_redis_keeps_and_never_evicts() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_service_is_hardened_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["mem_limit"]
    assert service["pids_limit"] <= 512
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert name == "migrate" or "stop_grace_period" in service
    assert name == "migrate" or service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_volumes_and_networks_are_declared(name: str) -> None:
    volumes = {volume.split(":")[0] for volume in SERVICES[name].get("volumes", [])}
    files = {volume for volume in volumes if volume.startswith("./")}
    assert all((ROOT / file).exists() for file in files)
    assert volumes - files <= set(COMPOSE["volumes"])
    assert set(SERVICES[name]["networks"]) <= set(COMPOSE["networks"])


@pytest.mark.parametrize("name", sorted(SERVICES))
async def test_compose_url_of_the_api_has_a_host_that_the_api_answers_to(name: str) -> None:
    urls = [url for url in SERVICES[name].get("environment", {}).values() if str(url).startswith("http://")]
    assert name != "mqtt" or len(urls) == 1

    for url in urls:
        host = urlsplit(url).hostname or ""
        shared = set(SERVICES[name]["networks"]) & set(SERVICES["api"]["networks"])
        assert any(host in (SERVICES["api"]["networks"][network].get("aliases") or []) for network in shared)
        assert await _is_let_in(url)
    assert not await _is_let_in("http://api:8000")


async def _is_let_in(url: str) -> bool:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await JSONResponse({})(scope, receive, send)

    transport = httpx.ASGITransport(KnownHosts(app, names=("0.0.0.0",)))
    async with httpx.AsyncClient(transport=transport) as http:
        return (await http.get(url)).status_code == 200


@pytest.mark.parametrize("name", OURS)
def test_compose_environment_of_our_services_is_made_of_settings(name: str) -> None:
    environment = {key.lower(): str(value) for key, value in SERVICES[name]["environment"].items()}
    assert set(environment) <= set(Settings.model_fields)
    filled = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in environment.items()}
    Settings(**filled)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_images_are_of_an_exact_version_or_built_here(name: str) -> None:
    service = SERVICES[name]
    assert "build" in service or re.search(r":\d+\.\d+(\.\d+)?-\w+", service["image"])
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+:\S+) AS", dockerfile, re.MULTILINE) == ["python:3.12.11-slim-trixie"]


def test_compose_grace_is_longer_than_what_each_service_needs_to_end() -> None:
    assert _seconds("api") > SHUTDOWN_GRACE_S + 5
    assert _seconds("worker-cpu") > DRAIN_S


def _seconds(name: str) -> int:
    return int(SERVICES[name]["stop_grace_period"].removesuffix("s"))


def test_secrets_by_file_take_the_passwords_out_of_the_environment() -> None:
    text = (ROOT / "deploy/compose/secrets.yml").read_text(encoding="utf-8")
    overlay = yaml.safe_load(text.replace("!reset null", "null"))
    secret = {"POSTGRES_PASSWORD", "DATABASE_URL", "MQTT_URL", "MQTT_API_KEY"}
    expected = {name: secret & set(service.get("environment", {})) for name, service in SERVICES.items()}
    assert set(overlay["services"]) == {name for name, gone in expected.items() if gone}
    for name, service in overlay["services"].items():
        gone = {variable for variable, value in service["environment"].items() if value is None}
        assert gone == expected[name] == {secret.upper() for secret in service["secrets"]}
        assert set(service["secrets"]) <= set(overlay["secrets"])


def test_compose_bridge_reads_its_files_where_the_folder_is_mounted() -> None:
    bridge = SERVICES["mqtt"]
    assert {"MQTT_SOURCES", "MQTT_CA_FILE"} <= set(bridge["environment"])
    (volume,) = bridge["volumes"]
    folder, inside, mode = volume.split(":")
    assert mode == "ro"
    assert f"MQTT_SOURCES={inside}/" in (ROOT / folder / "README.md").read_text(encoding="utf-8")


def test_settings_come_from_files_of_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_module, "SECRETS_FOLDER", tmp_path)
    url = "postgresql+asyncpg://askwatt:from-a-file@postgres:5432/askwatt"
    (tmp_path / "database_url").write_text(f"{url}\n")
    assert settings_module.load_settings().database_url == url


def test_images_run_as_an_ordinary_user() -> None:
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
    stages = re.split(r"^FROM .* AS (\w+)$", dockerfile, flags=re.MULTILINE)[1:]
    bodies = dict(zip(stages[::2], stages[1::2], strict=True))
    assert "USER askwatt" in bodies["api"]
    assert "USER askwatt" in bodies["worker"]
    assert SERVICES["postgres"]["user"] == "postgres"
    assert SERVICES["redis"]["user"] == "redis"
    for name in OURS:
        assert SERVICES[name]["build"]["target"] in bodies
