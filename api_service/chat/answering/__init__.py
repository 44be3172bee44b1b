"""From a committed question to its stored answer: read, account, compute, say, check."""
