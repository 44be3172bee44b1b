"""Answers by patterns, for as long as no worker has a model that reads questions."""
