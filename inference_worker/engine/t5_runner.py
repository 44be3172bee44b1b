"""The continuous-batching runner for T5 (under construction: the reference answers for it)."""

from inference_worker.engine.reference import load_runner

__all__ = ["load_runner"]
