"""From tables of values to the form of answer that a query asks for."""
