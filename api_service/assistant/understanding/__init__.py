"""From the reader's output to a request that accounts for every word, with its entities bound to values."""
