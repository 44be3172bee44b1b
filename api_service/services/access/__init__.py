"""Who may do what: keys, limits and the record of changes."""
