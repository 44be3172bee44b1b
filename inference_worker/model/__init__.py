"""A checkpoint: where it is, loaded, its grammar and its detokenizer, served by an engine."""
