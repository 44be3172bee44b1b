"""What only queries read: rollups grouped by local time, columns of raw readings, tariffs."""
