"""From the output of the reader to a request that every word of the question accounts for."""
