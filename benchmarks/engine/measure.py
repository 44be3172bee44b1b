"""What is measured: so many at once, and arrivals at random."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from benchmarks.engine.peers import Job, Peer
from benchmarks.engine.shapes import VOCABULARY


@dataclass(frozen=True)
class Load:
    """One run of mixed requests through one peer; seconds."""

    requests_per_s: float
    latency_p50_s: float
    latency_p95_s: float
    first_token_p95_s: float


def same_jobs(count: int, prompt_tokens: int, new_tokens: int) -> list[Job]:
    """Jobs of one length with different words."""
    chance = random.Random(count)
    return [
        Job([chance.randrange(3, VOCABULARY) for _ in range(prompt_tokens)], new_tokens) for _ in range(count)
    ]


def mixed_jobs(count: int, rate_per_s: float | None, longest: int, seed: int = 1) -> list[Job]:
    """Prompts of 150-600 tokens and answers of 20-80 arriving as a Poisson process, or all at once."""
    chance = random.Random(seed)
    jobs, now = [], 0.0
    for _ in range(count):
        now += chance.expovariate(rate_per_s) if rate_per_s else 0.0
        tokens = chance.randint(min(150, longest), min(600, longest))
        prompt = [chance.randrange(3, VOCABULARY) for _ in range(tokens)]
        jobs.append(Job(prompt, chance.randint(20, 80), arrives_s=now))
    return jobs


def tokens_per_s(peers: Sequence[Peer], count: int, shape: tuple[int, int], repeats: int) -> dict[str, float]:
    """Best of `repeats` for each peer, taken in turns so that a busy moment of the machine hits all alike."""
    prompt_tokens, new_tokens = shape
    best: dict[str, float] = {}
    for _ in range(repeats):
        for peer in peers:
            jobs = same_jobs(count, prompt_tokens, new_tokens)
            started = time.perf_counter()
            peer.run(jobs)
            rate = count * new_tokens / (time.perf_counter() - started)
            best[peer.name] = max(best.get(peer.name, 0.0), rate)
    return best


def under_load(peer: Peer, jobs: list[Job]) -> Load:
    """Serve the jobs as they arrive."""
    peer.serve(jobs)
    begin = min(job.started for job in jobs)
    end = max(job.finished for job in jobs)
    latency = [job.finished - job.started for job in jobs]
    first = [job.first_token - job.started for job in jobs]
    return Load(
        requests_per_s=len(jobs) / (end - begin),
        latency_p50_s=percentile(latency, 0.5),
        latency_p95_s=percentile(latency, 0.95),
        first_token_p95_s=percentile(first, 0.95),
    )


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def read_bandwidth(device: str, megabytes: int = 512) -> float:
    """Bytes per second at which memory larger than any cache is read once."""
    block = torch.ones(megabytes * 2**20 // 4, device=device)
    best = 0.0
    for _ in range(5):
        if block.is_cuda:
            torch.cuda.synchronize()
        started = time.perf_counter()
        block.sum().item()
        best = max(best, block.numel() * 4 / (time.perf_counter() - started))
    return best
