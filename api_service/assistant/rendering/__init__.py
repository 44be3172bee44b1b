"""From facts to words: answer types, plans with slots, templates, prompts, refusals, display formats."""
