"""Continuous batching for encoder-decoder models: policy without torch; see docs/engine.md."""
