"""Reads answers strictly, compares them with the gold and scores."""
