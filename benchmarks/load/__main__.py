"""`python -m benchmarks.load`: a mixed day at rising rates until the services are saturated.

Of twenty requests twelve are what open pages poll, seven are meters that post a reading of each of eight
devices, and one is a question. Requests are sent when they are due, whether or not earlier ones are answered,
and their latency counts from then. Beside them `--streams` live streams stay open. A rate saturates the
services when more than 1 % of its requests fail or are refused, or its p99 is above `--saturated-s`.

Prints throughput, p50 and p99 by kind, questions deferred (202), errors, memory, and at the end what
was lost: readings that were acknowledged and are not stored, questions without an end; a question whose
answer did not come within a minute is sent again under its `Idempotency-Key` and must have an end too. Exit
code 1 where something was lost, a stream ended, or requests failed below saturation.
"""

import argparse
import asyncio
from collections.abc import Sequence
from statistics import quantiles

import httpx

from benchmarks.load.day import QUESTIONS, Day, Tally, losses, readings_of
from benchmarks.load.services import WORKERS, Services, services
from benchmarks.load.streams import Streams, idle_streams

BAD_SHARE = 0.01
GROWTH = 1.5
HISTORY_STEPS = 360
KINDS = ("page", "readings", "question")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("python -m benchmarks.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="load in all, seconds (default 60)")
    parser.add_argument("--step", type=float, default=10, help="seconds of each rate (default 10)")
    parser.add_argument("--rate", type=float, default=5, help="the first rate, requests a second (default 5)")
    parser.add_argument(
        "--hold", action="store_true", help="keep the first rate instead of raising it, saturated or not"
    )
    parser.add_argument(
        "--warm-up", type=float, default=0, help="seconds of load after which memory counts (default 0)"
    )
    parser.add_argument("--streams", type=int, default=500, help="live streams beside it (default 500)")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--worker", choices=sorted(WORKERS), default="real")
    parser.add_argument("--saturated-s", type=float, default=2.0, help="a p99 above it is saturation")
    return parser.parse_args()


def main() -> int:
    """Run the day; 1 where something was lost or failed."""
    return asyncio.run(run(arguments()))


async def run(options: argparse.Namespace) -> int:
    """Start everything, raise the rate, count again."""
    limits = httpx.Limits(max_connections=400)
    async with (
        services(options.database, options.worker, options.streams) as running,
        httpx.AsyncClient(base_url=running.base_url, timeout=60, limits=limits) as client,
    ):
        day = Day(client, QUESTIONS[options.worker])
        await _history(client, day)
        async with idle_streams(running.base_url, options.streams) as streams:
            faults = await _raise(day, running, streams, options)
            if streams.ended:
                faults.append(f"{streams.ended} of {options.streams} streams ended")
        faults += await losses(client, day.sent)
    committed, asked = day.sent.committed, len(day.sent.messages)
    print(f"{committed} readings and {asked} questions acknowledged; {'; '.join(faults) or 'nothing lost'}")
    return 1 if faults else 0


async def _history(client: httpx.AsyncClient, day: Day) -> None:
    """An hour of readings to ask about; also what warms everything up."""
    for first in range(0, HISTORY_STEPS, 60):
        rows = [row for step in range(first, first + 60) for row in readings_of(step - HISTORY_STEPS)]
        answer = (await client.post("/api/readings/", json=rows)).raise_for_status().json()
        day.sent.readings += len(rows)
        day.sent.committed += answer["accepted"]
    await day.run(2, 10)


async def _raise(day: Day, running: Services, streams: Streams, options: argparse.Namespace) -> list[str]:
    """One rate after another until the time is over or one saturates; failures below saturation."""
    print(
        f"{options.database}, {options.worker} worker, {streams.open} live streams; latencies p50/p99 in ms"
    )
    print(
        f"{'rate':>7}{'done/s':>8}"
        + "".join(f"{kind:>16}" for kind in KINDS)
        + "  deferred refused failed  memory MB"
    )
    rate, passed_s, faults = options.rate, 0.0, list[str]()
    now = first = running.memory_mb()
    while passed_s + options.step <= options.seconds:
        tally = await day.run(rate, options.step)
        passed_s += options.step
        now = running.memory_mb()
        first = now if passed_s <= options.warm_up else first
        print(_row(rate, options.step, tally, now), flush=True)
        for name, count in sorted(tally.reasons.items()):
            print(f"        {count} × {name}")
        if _is_saturated(tally, options.saturated_s):
            print(f"saturated at {rate:.1f} requests a second", flush=True)
            if not options.hold:
                break
        else:
            failed = [(name, count) for name, count in tally.outcomes.items() if name.startswith("failed")]
            faults += [f"{count} × {name}" for name, count in failed]
        rate *= 1 if options.hold else GROWTH
    growth = ", ".join(f"{name} {100 * (now[name] / first[name] - 1):+.1f} %" for name in first)
    print(f"memory since the warm-up: {growth}; {streams.events} events to the streams")
    return faults


def _row(rate: float, seconds: float, tally: Tally, memory_mb: dict[str, float]) -> str:
    times = [_times(tally.took_s.get(kind, [])) for kind in KINDS]
    shown = "".join(f"{f'{1000 * p50:.0f}/{1000 * p99:.0f}':>16}" for p50, p99 in times)
    memory = " ".join(f"{name} {held:.0f}" for name, held in memory_mb.items())
    done_per_s = tally.outcomes["answered"] / seconds
    others = f"{tally.outcomes['deferred']:>10}{tally.refused:>8}{tally.failed:>7}"
    return f"{rate:>7.1f}{done_per_s:>8.1f}{shown}{others}  {memory}"


def _times(took_s: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    if len(took_s) < 2:
        return (took_s[0],) * 2 if took_s else (float("nan"),) * 2
    cuts = quantiles(took_s, n=100, method="inclusive")
    return cuts[49], cuts[98]


def _is_saturated(tally: Tally, limit_s: float) -> bool:
    bad = tally.refused + tally.failed
    p99_s = _times([took for each in tally.took_s.values() for took in each])[1]
    return bad > BAD_SHARE * tally.due or p99_s > limit_s


if __name__ == "__main__":
    raise SystemExit(main())
