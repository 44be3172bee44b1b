"""What gateway, queue and worker add to a chat: `python -m benchmarks.gateway`."""
