"""What commands ask of the one at the terminal, and how they report."""

import sys


def agrees(question: str) -> bool:
    """Whether the answer is yes; without a terminal it is no."""
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def report(text: str, status: int) -> int:
    """Write a sentence to stderr; returns the exit status."""
    sys.stderr.write(f"askwatt: {text}\n")
    return status
