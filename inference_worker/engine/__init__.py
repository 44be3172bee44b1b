"""Continuous batching for encoder-decoder T5: see docs/engine.md."""
