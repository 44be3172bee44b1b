"""Readings spread over nodes by device, shown on plain PostgreSQL: each table by device in hash partitions.

PostgreSQL holds partitions to the rule to which Citus holds shards: a unique constraint holds the column that
spreads the rows. What docs/scaling.md says of the schema and of the statements is tried here.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from tests.support.databases import PostgresDatabases
from tests.support.gateway import (
    TRUE_WORDS,
    YESTERDAY,
    Gateway,
    SayingLLM,
    answering,
    settings_of,
)
from tests.unit.test_colocation import BY_DEVICE

NODES = 4
JOINS = frozenset(("Hash Join", "Merge Join", "Nested Loop"))
BY_CLUSTER = re.compile(r"\w+\.cluster = \w+\.cluster")
SPREAD = re.compile(rf"({'|'.join(sorted(BY_DEVICE, key=len, reverse=True))})_node\d$")
STRAY = "SELECT 1 FROM devices JOIN device_spacings ON devices.cluster = device_spacings.spacing_us"
PATHS = (
    "/api/devices/",
    "/api/devices/summary/",
    "/api/devices/1",
    "/api/devices/1/series?quantity=power&start=2026-03-09T00:00:00Z&end=2026-03-10T00:00:00Z&bucket=1h",
    "/api/devices/1/gaps",
    "/api/devices/1/events",
    "/api/energy?start=2026-03-09T00:00:00Z&end=2026-03-10T00:00:00Z&bucket=1h",
    "/api/export?format=csv&start=2026-03-09T00:00:00Z&end=2026-03-09T02:00:00Z",
)
NEW = [
    {"timestamp": "2026-03-10T12:10:00Z", "cluster": number, "real_power_watt": 7.0} for number in range(9)
]


async def spread(url: str) -> None:
    """Put each table by device into hash partitions of `cluster`, and its own keys with it."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        for table in sorted(BY_DEVICE):
            is_readings = table == "electrical_data"
            await connection.execute(f"ALTER TABLE {table} RENAME TO plain_{table}")
            if is_readings:
                # The one key that stands in the way, as PostgreSQL says itself; then docs/scaling.md's.
                with pytest.raises(asyncpg.FeatureNotSupportedError, match="cluster"):
                    await connection.execute(_copy(table, "INCLUDING ALL"))
                await connection.execute("ALTER SEQUENCE electrical_data_id_seq OWNED BY NONE")
            await connection.execute(_copy(table, "INCLUDING DEFAULTS" if is_readings else "INCLUDING ALL"))
            if is_readings:
                await connection.execute(f"ALTER TABLE {table} ADD UNIQUE (cluster, timestamp)")
            for node in range(NODES):
                await connection.execute(
                    f"CREATE TABLE {table}_node{node} PARTITION OF {table} "
                    f"FOR VALUES WITH (MODULUS {NODES}, REMAINDER {node})"
                )
            await connection.execute(f"DROP TABLE plain_{table} CASCADE")
        await connection.execute(
            "CREATE OR REPLACE FUNCTION electrical_data_make_months(moments timestamptz[]) RETURNS void "
            "LANGUAGE sql AS ''"  # months would lie below each node
        )
    finally:
        await connection.close()


def _copy(table: str, what: str) -> str:
    return f"CREATE TABLE {table} (LIKE plain_{table} {what}) PARTITION BY HASH (cluster)"


async def answers_of(gateway: Gateway) -> list[Any]:
    """What reads, writes and a question give."""
    written = await gateway.http.post("/api/readings/", json=NEW)
    again = await gateway.http.post("/api/readings/", json=NEW)
    assert (written.json()["accepted"], again.json()["duplicates"]) == (9, 9), written.text
    renamed = await gateway.http.patch("/api/devices/2", json={"device_name": "Freezer"})
    assert renamed.status_code == 200, renamed.text
    found: list[Any] = [(await gateway.ask(YESTERDAY)).json()["evidence"]]
    for path in PATHS:
        answer = await gateway.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        found.append(answer.text)
    merged = await gateway.http.post("/api/devices/7/merge", json={"into": 8})
    deleted = await gateway.http.delete("/api/devices/6")
    return [*found, merged.json(), deleted.status_code, (await gateway.http.get("/api/devices/")).text]


async def test_devices_spread_over_nodes_answer_as_in_one_table_and_join_by_device_alone(
    postgres_databases: PostgresDatabases, redis_db: str
) -> None:
    answers: list[list[Any]] = []
    selects: dict[str, tuple[Any, ...]] = {}
    for is_spread in (False, True):
        url = await postgres_databases.create(migrated=True)
        if is_spread:
            await spread(url)
        settings = settings_of(url, redis_db)
        async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:

            def keep(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
                if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                    selects[statement] = tuple(parameters)

            if is_spread:
                event.listen(gateway.services.engine.sync_engine, "before_cursor_execute", keep)
            answers.append(await answers_of(gateway))
    assert answers[1] == answers[0]
    about_devices = {text: values for text, values in selects.items() if re.search("|".join(BY_DEVICE), text)}
    assert len(about_devices) > 20
    # That a stray is found at all, and that some of ours do join.
    about_devices[STRAY] = ()
    assert [text async for text in _joined_otherwise(url, about_devices)] == [STRAY]
    assert any(" JOIN " in text for text in about_devices if text != STRAY)


async def _joined_otherwise(url: str, selects: dict[str, tuple[Any, ...]]) -> AsyncIterator[str]:
    """The statements whose plan joins two tables by device other than by the device."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(
            "SET enable_partitionwise_join = on; SET enable_partitionwise_aggregate = on"
        )
        for text, values in selects.items():
            (plan,) = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {text}", *values))
            if any(not _is_by_device(join) for join in _joins(plan["Plan"])):
                yield text
    finally:
        await connection.close()


def _joins(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node["Node Type"] in JOINS:
        yield node
    for child in node.get("Plans", ()):
        yield from _joins(child)


def _is_by_device(join: dict[str, Any]) -> bool:
    sides = {child["Parent Relationship"]: child for child in join["Plans"]}
    if not all(_spread_tables(sides[side]) for side in ("Outer", "Inner")):
        return True
    return BY_CLUSTER.search(" ".join(_conditions(join))) is not None


def _spread_tables(node: dict[str, Any]) -> set[str]:
    own = SPREAD.match(node.get("Relation Name", ""))
    return ({own[1]} if own else set()).union(*(_spread_tables(child) for child in node.get("Plans", ())))


def _conditions(node: dict[str, Any]) -> Iterator[str]:
    yield from (str(value) for name, value in node.items() if name.endswith(("Cond", "Filter")))
    for child in node.get("Plans", ()):
        yield from _conditions(child)
