"""How values, limits, times and measures are written, and the wordings of every form of answer."""
