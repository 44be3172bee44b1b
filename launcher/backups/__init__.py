"""Backups of the database while it serves: made, verified in a fresh place, restored."""
