"""`python -m benchmarks.costs`: CPU seconds and bytes of a million readings and of a thousand questions.

Readings of eight devices, ten seconds apart, come in posts of `--posted` rows, then in posts of one of each
device, as meters send them; then questions come `--at-once` at a time. CPU time, unlike a latency, says the
same on a busy machine; it is scaled from what was sent. Bytes are those of the database's files (PostgreSQL:
`pg_database_size`) and of Redis' memory.
"""

import argparse
import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from benchmarks.load.day import DEVICES, QUESTIONS, readings_of
from benchmarks.load.services import WORKERS, Services, services

MILLION, THOUSAND = 1_000_000, 1_000


@dataclass(frozen=True)
class Cost:
    """What was spent so far: CPU seconds by process, bytes of the database and of Redis' memory."""

    cpu_s: dict[str, float]
    bytes: dict[str, int]

    @classmethod
    async def until_now(cls, running: Services) -> "Cost":
        """All since the processes were started."""
        return cls(running.cpu_s(), await running.stored_bytes())

    def since(self, earlier: "Cost", scale: float) -> str:
        """The difference, times `scale`, as a line."""
        cpu_s = {name: scale * (spent - earlier.cpu_s.get(name, 0.0)) for name, spent in self.cpu_s.items()}
        grown = {name: scale * (size - earlier.bytes[name]) / 1e6 for name, size in self.bytes.items()}
        parts = [f"{name} {spent:.1f}" for name, spent in sorted(cpu_s.items())]
        sizes = [f"{name} {size:+.1f}" for name, size in sorted(grown.items())]
        return f"CPU s: {sum(cpu_s.values()):.1f} ({', '.join(parts)}); MB: {', '.join(sizes)}"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("python -m benchmarks.costs", description=__doc__)
    parser.add_argument("--readings", type=int, default=200_000, help="of the large posts (default 200,000)")
    parser.add_argument("--posted", type=int, default=1000, help="readings of a large post (default 1,000)")
    parser.add_argument("--questions", type=int, default=200, help="(default 200)")
    parser.add_argument("--at-once", type=int, default=4, help="questions on their way at a time (default 4)")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--worker", choices=sorted(WORKERS), default="real")
    return parser.parse_args()


async def run(options: argparse.Namespace) -> None:
    """Send, and print a line for each kind."""
    async with (
        services(options.database, options.worker, 0) as running,
        httpx.AsyncClient(base_url=running.base_url, timeout=120) as client,
    ):
        steps = itertools.count()
        await _post(client, _posts(steps, options.posted, 10 * options.posted))  # what the first ones make
        print(f"{options.database}, {options.worker} worker")
        for rows in (options.posted, len(DEVICES)):
            count = options.readings if rows == options.posted else options.readings // 50
            before = await Cost.until_now(running)
            await _post(client, _posts(steps, rows, count))
            spent = (await Cost.until_now(running)).since(before, MILLION / count)
            print(f"a million readings, {rows} a post: {spent}", flush=True)
        await _ask(client, 10, options)
        before = await Cost.until_now(running)
        await _ask(client, options.questions, options)
        spent = (await Cost.until_now(running)).since(before, THOUSAND / options.questions)
        print(f"a thousand questions: {spent}")


def _posts(steps: Iterator[int], rows: int, count: int) -> Iterator[list[dict[str, object]]]:
    """Posts of `rows` readings, `count` in all."""
    for _ in range(count // rows):
        yield [row for _ in range(rows // len(DEVICES)) for row in readings_of(next(steps))]


async def _post(client: httpx.AsyncClient, posts: Iterator[list[dict[str, object]]]) -> None:
    for rows in posts:
        answer = await client.post("/api/readings/", json=rows)
        assert answer.raise_for_status().json()["accepted"] == len(rows)


async def _ask(client: httpx.AsyncClient, count: int, options: argparse.Namespace) -> None:
    texts = itertools.cycle(QUESTIONS[options.worker])
    gate = asyncio.Semaphore(options.at_once)

    async def ask(text: str) -> None:
        async with gate:
            (await client.post("/api/chat/", json={"user_message": text})).raise_for_status()

    await asyncio.gather(*(ask(next(texts)) for _ in range(count)))


if __name__ == "__main__":
    asyncio.run(run(arguments()))
