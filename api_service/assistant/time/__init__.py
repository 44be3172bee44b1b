"""Which spans of time a text names, in the site's zone: calendar, expressions, extraction."""
