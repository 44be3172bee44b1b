"""Words of a question: tokens with offsets, spelling, vocabulary. Imports no room."""
