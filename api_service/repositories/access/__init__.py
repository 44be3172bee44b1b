"""Keys, to whom conversations belong, and the record of changes: their statements."""
