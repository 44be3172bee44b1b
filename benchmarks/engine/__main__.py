"""Prints the engine beside its peers: tokens/s at once, latency under random arrivals, memory, floors."""

import argparse
import json
import os
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import logging as transformers_logging

from benchmarks.engine.isolated import Isolated, Unavailable
from benchmarks.engine.measure import (
    Load,
    mixed_jobs,
    read_bandwidth,
    tokens_per_s,
    under_load,
)
from benchmarks.engine.peers import Peer, ctranslate2_peer, engine_peer, hf_peer
from benchmarks.engine.shapes import SHAPES, decoder_parameters, random_model
from inference_worker.t5.cpu.cpu_count import available_cores

LONGEST_PROMPT = 600
BYTES = {"engine bf16": 2, "engine int8": 1, "engine fp32": 4}
STATIC_BATCHES = (8, 16)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--shapes", default="small,base", help=f"of {', '.join(SHAPES)}")
    parser.add_argument("--at-once", default="1,8,32", help="requests at once; 64,128 on a GPU")
    parser.add_argument("--prompt", type=int, default=256, help="prompt tokens")
    parser.add_argument("--tokens", type=int, default=48, help="new tokens")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--requests", type=int, default=100, help="requests of a run with random arrivals")
    parser.add_argument("--load-shape", default="small", help="shape for random arrivals, empty for none")
    parser.add_argument("--peers", default="", help="names of the peers to run, by default all")
    parser.add_argument("--quick", action="store_true", help="small shape, few repeats, a minute or two")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    if options.quick:
        options.shapes, options.at_once, options.repeats, options.requests = "small", "1,8", 1, 24
    return options


def build_peers(shape: str, options: argparse.Namespace, slots: int, only_serving: bool) -> list[Isolated]:
    """All peers that run on the device; prints what memory each one takes."""
    device, threads = options.device, torch.get_num_threads()
    on_cpu = device == "cpu"
    makers: dict[str, Callable[[], Peer]] = {}
    if on_cpu and not only_serving:
        makers["HF fp32"] = partial(hf_peer, shape, device, torch.float32, "HF fp32")
        makers["CTranslate2 float32"] = partial(ctranslate2_peer, shape, device, "float32", threads)
    makers["HF bf16"] = partial(hf_peer, shape, device, torch.bfloat16, "HF bf16")
    kind = "int8" if on_cpu else "float16"
    makers[f"CTranslate2 {kind}"] = partial(ctranslate2_peer, shape, device, kind, threads)
    makers["engine bf16"] = partial(engine_peer, shape, device, "bf16", slots, LONGEST_PROMPT)
    if on_cpu:
        makers["engine fp32"] = partial(engine_peer, shape, device, "fp32", slots, LONGEST_PROMPT)
        makers["engine int8"] = partial(engine_peer, shape, device, "int8", slots, LONGEST_PROMPT)
    named = {name.strip() for name in options.peers.split(",") if name.strip()}
    makers = {name: make for name, make in makers.items() if not named or name in named}
    peers = []
    for name, make in makers.items():
        try:
            peer = Isolated(name, make, options.prompt)
        except Unavailable as error:
            print(f"  {name} left out: {error}")
            continue
        print(f"  {name:24s} {peer.resident_mb:6.0f} MB resident with 8 requests", flush=True)
        peers.append(peer)
    return peers


def at_once(shape: str, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Table of tokens/s, and ratios to the slowest sensible peer."""
    counts = [int(count) for count in options.at_once.split(",")]
    print(f"\n{shape}: prompt {options.prompt}, {options.tokens} new tokens, tokens/s (x the first row)")
    peers = build_peers(shape, options, max(counts), only_serving=False)
    table: dict[str, dict[str, float]] = {peer.name: {} for peer in peers}
    for count in counts:
        rates = tokens_per_s(peers, count, (options.prompt, options.tokens), options.repeats)
        for name, rate in rates.items():
            table[name][str(count)] = rate
        first = rates[peers[0].name]
        line = " | ".join(f"{n} {r:.0f} ({r / first:.2f})" for n, r in rates.items())
        print(f"  {count} at once: {line}", flush=True)
    for peer in peers:
        peer.close()
    return table


def floors(shape: str, table: dict[str, dict[str, float]], options: argparse.Namespace) -> None:
    """How far a whole answer is from reading the decoder's weights once per step."""
    bandwidth = read_bandwidth(options.device)
    weights = decoder_parameters(random_model(shape))
    print(f"  memory reads {bandwidth / 1e9:.1f} GB/s; floor of a step = decoder weights read once")
    for name, rates in table.items():
        if name in BYTES:
            floor_ms = weights * BYTES[name] / bandwidth * 1e3
            spent = {count: int(count) / rate * 1e3 for count, rate in rates.items()}
            parts = ", ".join(f"{count}: {ms:.2f} ms = {ms / floor_ms:.1f} x" for count, ms in spent.items())
            print(f"  {name}: floor {floor_ms:.2f} ms; per token and row, prompt included, {parts}")


def random_arrivals(options: argparse.Namespace) -> dict[str, Any]:
    """Mixed lengths: saturated throughput, then latency at shares of what CTranslate2 can carry."""
    shape, slots = options.load_shape, 16
    print(f"\n{shape}: prompts 150-600, answers 20-80 tokens, {options.requests} requests")
    peers: list[tuple[str, Isolated]] = []
    for peer in build_peers(shape, options, slots, only_serving=True):
        sizes = STATIC_BATCHES if peer.name.startswith("CTranslate2") else (slots,)
        peers += [(f"{peer.name}, up to {size}", peer) for size in sizes]
    figures: dict[str, Any] = {"saturated": {}}
    for (name, peer), size in zip(peers, _sizes(peers), strict=True):
        load = _loaded(peer, size, options.requests, None)
        figures["saturated"][name] = load.requests_per_s
        print(f"  saturated  {name:30s} {load.requests_per_s:5.2f} requests/s", flush=True)
    carried = max(rate for name, rate in figures["saturated"].items() if name.startswith("CTranslate2"))
    for share in (0.5, 0.75, 0.95):
        rate = carried * share
        print(f"  arriving at {rate:.2f}/s, {share:.0%} of what CTranslate2 can carry")
        figures[f"{share}"] = {}
        for (name, peer), size in zip(peers, _sizes(peers), strict=True):
            if figures["saturated"][name] < rate:
                print(f"    {name:30s} cannot")
                continue
            load = _loaded(peer, size, options.requests, rate)
            figures[f"{share}"][name] = vars(load)
            print(
                f"    {name:30s} latency p50 {load.latency_p50_s:.2f} s, p95 {load.latency_p95_s:.2f} s; "
                f"first token p95 {load.first_token_p95_s:.2f} s",
                flush=True,
            )
    for peer in {id(peer): peer for _, peer in peers}.values():
        peer.close()
    return figures


def _sizes(peers: list[tuple[str, Isolated]]) -> list[int]:
    return [int(name.rsplit(" ", 1)[1]) for name, _ in peers]


def _loaded(peer: Isolated, size: int, requests: int, rate: float | None) -> Load:
    peer.max_batch = size
    return under_load(peer, mixed_jobs(requests, rate, LONGEST_PROMPT))


def main() -> None:
    """Run what the command line asks for."""
    options = arguments()
    transformers_logging.set_verbosity_error()
    if options.device == "cpu":
        torch.set_num_threads(min(torch.get_num_threads(), available_cores()))
    where = torch.cuda.get_device_name() if options.device != "cpu" else platform.processor() or "cpu"
    threads, load = torch.get_num_threads(), os.getloadavg()[0]
    print(f"{where}, {threads} threads, torch {torch.__version__}, load {load:.1f}")
    figures: dict[str, Any] = {"threads": torch.get_num_threads(), "at_once": {}}
    for shape in filter(None, options.shapes.split(",")):
        figures["at_once"][shape] = at_once(shape, options)
        floors(shape, figures["at_once"][shape], options)
    if options.load_shape:
        figures["arrivals"] = random_arrivals(options)
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
