"""Tables of values for a specified query, out of rollups and raw readings."""
