"""What gateway and worker must agree on: settings, errors, logs and the queue's contract."""
