"""What gateway and worker must agree on: settings, errors, logs, units, schema and the queue's contract."""
