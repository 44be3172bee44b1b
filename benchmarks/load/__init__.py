"""A mixed day at rising rates up to saturation: latencies, errors, memory, and what was lost."""
