"""The moments of a table: their columns, how dates are written, what they stand for."""
