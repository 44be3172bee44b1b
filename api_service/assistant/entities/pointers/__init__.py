"""Words that point at what the question before named or found, in place of a name."""
