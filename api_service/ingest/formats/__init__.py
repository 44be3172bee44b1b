"""Files that are no plain UTF-8 CSV, turned into one."""
