"""docker-compose.yml by the Compose Specification's schema, and by what the design asks of it."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from shared.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SCHEMA = json.loads((ROOT / "tests/data/compose_spec/compose_spec.json").read_text(encoding="utf-8"))
OURS = ["migrate", "api", "mqtt", "worker-cpu", "worker-gpu"]


def problems(compose: dict[str, Any]) -> list[str]:
    # The top-level name is younger than this edition of the schema.
    described = {name: value for name, value in compose.items() if name != "name"}
    return [error.message for error in jsonschema.Draft201909Validator(SCHEMA).iter_errors(described)]


def test_compose_file_is_valid_by_the_specification() -> None:
    assert problems(COMPOSE) == []


def test_compose_file_with_a_misspelt_key_is_not_valid() -> None:
    broken = {**COMPOSE, "services": {**SERVICES, "api": {**SERVICES["api"], "healthchek": {}}}}
    assert problems(broken)


def test_compose_publishes_the_api_alone_and_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:${PORT:-8000}:8000"]}
    assert "network_mode" not in TEXT


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
    assert name == "migrate" or service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_volumes_and_networks_are_declared(name: str) -> None:
    volumes = {volume.split(":")[0] for volume in SERVICES[name].get("volumes", [])}
    assert volumes <= set(COMPOSE["volumes"])
    assert set(SERVICES[name]["networks"]) <= set(COMPOSE["networks"])


@pytest.mark.parametrize("name", OURS)
def test_compose_environment_of_our_services_is_made_of_settings(name: str) -> None:
    environment = {key.lower(): str(value) for key, value in SERVICES[name]["environment"].items()}
    assert set(environment) <= set(Settings.model_fields)
    filled = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in environment.items()}
    Settings(**filled)  # type: ignore[arg-type]


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
