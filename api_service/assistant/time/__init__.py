"""Which spans of time a text names, in the site's zone: calendar, grammar of expressions, resolution."""
