"""The suite's own servers: they serve, lose nothing on a restart, and leave nothing behind."""

import os
import shutil
import subprocess
import sys

import asyncpg
import psutil
import redis.asyncio

from tests.support.databases import PostgresDatabases
from tests.support.servers import PostgresServer, RedisServer

STARTS_BOTH_AND_SLEEPS = """
import time
from tests.support.servers import PostgresServer, RedisServer
with PostgresServer() as postgres, RedisServer() as redis:
    print(f"{postgres.pid} {redis.pid}|{postgres.folder}|{redis.folder}", flush=True)
    time.sleep(60)
"""
GONE_WITHIN_S = 15.0


async def test_databases_created_for_two_tests_share_no_table(
    postgres_databases: PostgresDatabases,
) -> None:
    first = await postgres_databases.create(migrated=False)
    second = await postgres_databases.create(migrated=False)
    try:
        one = await asyncpg.connect(first.replace("+asyncpg", ""))
        await one.execute("CREATE TABLE seen (id int)")
        two = await asyncpg.connect(second.replace("+asyncpg", ""))
        assert await two.fetchval("SELECT to_regclass('seen')") is None
        await one.close()
        await two.close()
    finally:
        await postgres_databases.drop(first)
        await postgres_databases.drop(second)


async def test_redis_restarted_keeps_port_and_data(private_redis: RedisServer) -> None:
    client = redis.asyncio.from_url(private_redis.url)
    await client.set("kept", "yes")
    await client.aclose()
    private_redis.restart()
    client = redis.asyncio.from_url(private_redis.url)
    assert await client.get("kept") == b"yes"
    await client.aclose()


async def test_postgres_killed_and_started_serves_on_the_same_port(private_postgres: PostgresServer) -> None:
    port = private_postgres.port
    private_postgres.kill()
    private_postgres.start()
    assert private_postgres.port == port
    connection = await asyncpg.connect(private_postgres.url().replace("+asyncpg", ""))
    assert await connection.fetchval("SELECT 41 + 1") == 42
    await connection.close()


def test_servers_when_the_test_process_is_killed_end_too() -> None:
    command = [sys.executable, "-c", STARTS_BOTH_AND_SLEEPS]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        pids, *folders = parent.stdout.readline().split("|")
        servers = [psutil.Process(int(pid)) for pid in pids.split()]
        assert len(servers) == 2
        children = [child for server in servers for child in server.children(recursive=True)]
        parent.kill()
    _, alive = psutil.wait_procs([*servers, *children], timeout=GONE_WITHIN_S)
    for folder in folders:
        shutil.rmtree(folder.strip())
    assert alive == []
