"""The whole description, tried by schemathesis with all of its checks: without keys, and with one.

It runs as a program of its own; what it must not expect stands in schemathesis.toml, each with its reason.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

from api_service.services.access.key_service import digest_of
from tests.support.gateway import (
    TRUE_WORDS,
    SayingLLM,
    answering,
    fill,
    gateway_of,
    settings_of,
    until_serving,
    worker_of,
)

CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
KEY = "a key of the tests"


async def run_schemathesis(url: str, folder: Path, *options: str) -> tuple[int, str]:
    """Its exit status, 0 when it found nothing, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
        *("run", f"{url}/api/openapi.json", "--checks", "all", "--seed", "1", "--continue-on-failure"),
        *("--generation-deterministic", "--warnings", "off", "--no-color", *options),
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_gateway_does_what_its_description_says(sqlite_url: str, redis_db: str, tmp_path: Path) -> None:
    settings = settings_of(sqlite_url, redis_db, uploads_folder=tmp_path / "uploads", log_level="ERROR")
    async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:
        status, output = await run_schemathesis(gateway.url, tmp_path, "--max-examples", "3")
        operations = re.search(r"Tested: (\d+)", output)
        described = (await gateway.http.get("/api/openapi.json")).json()["paths"]
    assert status == 0, output
    assert "No issues found" in output
    assert operations is not None
    assert int(operations[1]) == sum(len(methods) for methods in described.values())


async def test_keys_are_asked_for_wherever_the_description_says_so(
    postgres_database_url: str, redis_db: str, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of(KEY)} tests\n")
    changes = {"api_keys_file": keys, "uploads_folder": tmp_path / "uploads", "log_level": "ERROR"}
    settings = settings_of(postgres_database_url, redis_db, **changes)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS)
    async with gateway_of(settings) as gateway, worker_of(settings, llm):
        gateway.http.headers["X-API-Key"] = KEY
        await fill(gateway)
        await until_serving(gateway)
        with_key = ("-H", f"X-API-Key: {KEY}", "--phases", "examples,stateful", "--max-examples", "2")
        status, output = await run_schemathesis(gateway.url, tmp_path, *with_key)
        assert status == 0, output
        # Without a key all is refused, valid or not.
        without = ("--phases", "examples", "--exclude-checks", "positive_data_acceptance")
        status, output = await run_schemathesis(gateway.url, tmp_path, *without)
        assert status == 0, output
        described = (await gateway.http.get("/openapi.json")).json()["paths"]
        del gateway.http.headers["X-API-Key"]
        for path, methods in described.items():
            for method, operation in methods.items():
                answer = await gateway.http.request(method, re.sub(r"\{[^}]*\}", "1", path))
                assert (answer.status_code == 401) == ("security" in operation), (method, path)
