"""Ground truth and expected answers, computed from the raw readings alone."""
