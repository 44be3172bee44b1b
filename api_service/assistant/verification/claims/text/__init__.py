"""A text as tokens, clauses and sentences, and what the findings let it say."""
