"""Keys, logins and the record of changes, as sent and received."""
