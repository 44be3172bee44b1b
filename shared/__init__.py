"""What gateway and worker must agree on: settings, errors, logs, the queue's contract and the version."""

VERSION = "0.1.0"
"""Of this source tree; images run from a folder, without installed metadata."""
