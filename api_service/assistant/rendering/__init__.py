"""From results to words: shapes, plans with slots, prompts, composed answers, replies, glossary, formats."""
