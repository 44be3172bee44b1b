"""Readings of a window reduced to values: pure numpy over blocks of readings and sums."""
