"""Local days, hours and weekdays over columns of times."""
