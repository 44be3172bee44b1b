"""Who may do what: keys, logins, limits and the record of changes."""
