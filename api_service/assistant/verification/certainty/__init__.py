"""How probable it is that an answer is true and answers what was asked, and what speaks against it."""
