"""Tables whose moments or numbers are laid out so that no single line holds them, as plain tables."""
