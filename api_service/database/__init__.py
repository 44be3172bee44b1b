"""Connections to PostgreSQL and SQLite: engines, transactions, snapshots."""
