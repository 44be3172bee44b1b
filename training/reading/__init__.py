"""Pairs for the task `read`: masked questions with the queries that they ask for."""
