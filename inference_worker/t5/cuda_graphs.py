"""CUDA graphs, one per bucket of shapes: a decode step is a single launch."""

from collections.abc import Callable, Hashable

import torch

from inference_worker.t5.constraints import Choices

Captured = Choices
Snapshot = Callable[[], Callable[[], None]]


class GraphPool:
    """Captures a function of static buffers once per key and replays it afterwards.

    All graphs share one memory pool: only one of them runs at a time, on the current stream, and the
    outputs of a replay are valid until the next one.
    """

    def __init__(self, warm_ups: int = 2) -> None:
        self._graphs: dict[Hashable, tuple[torch.cuda.CUDAGraph, Captured]] = {}
        self._pool = torch.cuda.graph_pool_handle()
        self._warm_ups = warm_ups

    def run(self, key: Hashable, function: Callable[[], Captured], snapshot: Snapshot) -> Captured:
        """Replay the graph of `key`, capturing it first if need be.

        Warming up runs the function for real; what `snapshot` returned before puts its state back.
        """
        if key not in self._graphs:
            self._graphs[key] = self._capture(function, snapshot())
        graph, outputs = self._graphs[key]
        graph.replay()
        return outputs

    def _capture(
        self, function: Callable[[], Captured], restore: Callable[[], None]
    ) -> tuple[torch.cuda.CUDAGraph, Captured]:
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(self._warm_ups):
                function()
                restore()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            outputs = function()
        return graph, outputs
