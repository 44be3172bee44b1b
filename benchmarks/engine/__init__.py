"""The inference engine beside its peers: `python -m benchmarks.engine`, see docs/engine.md."""
