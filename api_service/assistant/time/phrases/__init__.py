"""Spans of time by patterns, as the first reader takes them."""
