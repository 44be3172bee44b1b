"""Storage: every SQL statement over readings, rollups, devices, imports and messages. Never commits."""
