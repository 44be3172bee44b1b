"""Forms of tables beyond one column a quantity: units in the cells, a quantity a line."""
