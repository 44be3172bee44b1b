"""Does an answer state only what its facts hold? Tokenizer, claims, verdict, confidence."""
